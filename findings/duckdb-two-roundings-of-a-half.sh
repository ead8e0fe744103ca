#!/usr/bin/env bash
# DuckDB 1.5.6 (npm): of the numbers 0.5, 1.5, 2.5 in a column of doubles round(x) makes 1, 2, 3 and x::INTEGER 0, 2, 2; and 2.5::INTEGER written out is 3.
#
# A cast to a whole number is expected to cut, or to round as round does. Of doubles and floats a half goes to the even neighbour, of decimals - which a literal like 2.5 is, and so a trial at
# the prompt - and of texts away from zero. Bits from probabilities of exactly one half, bins and group numbers made by a cast are others than those by round. Nothing is said. What
# to do: round or floor, then the cast.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts @duckdb/node-api@1.5.6-r.1 >/dev/null
cat >try.mjs <<'JS'
import { DuckDBInstance } from "@duckdb/node-api";
const connection = await (await DuckDBInstance.create(":memory:")).connect();
const ask = async (sql) => (await connection.runAndReadAll(sql)).getRowsJson();
console.log("duckdb", ...(await ask("SELECT version()"))[0]);
await ask("CREATE TABLE t AS SELECT * FROM (VALUES (0.5::DOUBLE), (1.5), (2.5)) AS v(x)");
const found = {};
for (const column of ["round(x)", "x::INTEGER", "x::FLOAT::INTEGER", "x::DECIMAL(4, 1)::INTEGER", "x::VARCHAR::INTEGER"]) {
  found[column] = (await ask("SELECT " + column + " FROM t ORDER BY x")).map((row) => Number(row[0])).join();
  console.log(column + " of 0.5, 1.5, 2.5: " + found[column]);
}
const literal = Number((await ask("SELECT 2.5::INTEGER"))[0][0]);
console.log("2.5::INTEGER: " + literal);
process.exit(Object.values(found).join(" ") === "1,2,3 0,2,2 0,2,2 1,2,3 1,2,3" && literal === 3 ? 0 : 1);
JS
node try.mjs || { echo "CHANGED"; exit 1; }
