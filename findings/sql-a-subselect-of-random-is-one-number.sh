#!/usr/bin/env bash
# PostgreSQL 18 (PGlite 0.5.17) and DuckDB 1.5.6 (npm): UPDATE t SET donor = (SELECT v FROM pool ORDER BY random() LIMIT 1) gives all rows one donor; random() itself gives each another number.
#
# A random value, fold or start is expected for each row, as random() stands in the statement that is for each row. A sub-select that names no column of the outer table is computed
# once, and its one draw is everybody's: an imputation from a pool has no variance, 1000 chains have one start, a split by it is none. Nothing is said, and a table of one row,
# as in a first try, is right. What to do: random() without a sub-select, a number and a join, as below.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts @electric-sql/pglite@0.5.17 @duckdb/node-api@1.5.6-r.1 >/dev/null
cat >try.mjs <<'JS'
import { PGlite } from "@electric-sql/pglite";
import duckdb from "@duckdb/node-api";
const lite = new PGlite(), duck = await (await duckdb.DuckDBInstance.create(":memory:")).connect();
const engines = {
  PostgreSQL: async (text) => Number(Object.values((await lite.query(text)).rows[0] ?? { none: 0 })[0]),
  DuckDB: async (text) => Number(((await duck.runAndReadAll(text)).getRowsJson()[0] ?? [0])[0]),
};
let good = true;
for (const [name, ask] of Object.entries(engines)) {
  await ask("CREATE TABLE pool AS SELECT g AS v FROM generate_series(1, 100) AS s(g)");
  await ask("CREATE TABLE t AS SELECT g AS id, 0 AS donor FROM generate_series(1, 1000) AS s(g)");
  await ask("UPDATE t SET donor = (SELECT v FROM pool ORDER BY random() LIMIT 1)");
  const donors = await ask("SELECT count(DISTINCT donor) FROM t"), inner = await ask("SELECT count(DISTINCT (SELECT random())) FROM t"), outer = await ask("SELECT count(DISTINCT random()) FROM t");
  await ask("UPDATE t SET donor = 1 + floor(random() * 100)");
  const right = await ask("SELECT count(DISTINCT donor) FROM t");
  console.log(`${name}: different donors of 1000 rows ${donors}, (SELECT random()) ${inner}, random() ${outer}, 1 + floor(random() * 100) ${right}`);
  good &&= donors === 1 && inner === 1 && outer > 990 && right > 90;
}
process.exit(good ? 0 : 1);
JS
node try.mjs || { echo "CHANGED"; exit 1; }
