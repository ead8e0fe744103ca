#!/usr/bin/env bash
# DuckDB 1.5.6 (npm): USING SAMPLE 10% of a table of 2000 rows has 0 rows, now and then 2000, and never about 200; of 100000 rows it has a few runs of 2048.
#
# A tenth of the rows is expected, each drawn for itself. A percentage means "system": blocks of 2048 rows are drawn whole. A small table is one block, so that a test set is empty or everything,
# also what was trained on; of a table sorted by class or time some classes are missing, and standard errors that take the rows for independent are far too small. A number of rows
# (USING SAMPLE 200) draws rows. Nothing is said. What to do: USING SAMPLE 10% (bernoulli).
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts @duckdb/node-api@1.5.6-r.1 >/dev/null
cat >try.js <<'JS'
const { DuckDBInstance } = require("@duckdb/node-api");
(async () => {
  const db = await (await DuckDBInstance.create(":memory:")).connect();
  const ask = async (text) => (await db.runAndReadAll(text)).getRowsJson();
  console.log("DuckDB " + (await ask("SELECT version()"))[0][0]);
  await ask("CREATE TABLE small AS SELECT range AS i FROM range(2000)");
  await ask("CREATE TABLE large AS SELECT range AS i FROM range(100000)");
  const sizes = [], rows = [];
  for (let k = 0; k < 60; k++) sizes.push(Number((await ask("SELECT count(*) FROM small USING SAMPLE 10%"))[0][0]));
  for (let k = 0; k < 10; k++) rows.push((await ask("SELECT count(*), count(DISTINCT i // 2048) FROM large USING SAMPLE 10%"))[0].map(Number));
  const each = (await ask("SELECT count(*) FROM small USING SAMPLE 10% (bernoulli)"))[0][0], fixed = (await ask("SELECT count(*) FROM small USING SAMPLE 200"))[0][0];
  console.log("60 samples of 10% of 2000 rows have", [...new Set(sizes)].join(" or "), "rows; by bernoulli", each, "; of 200 rows", fixed);
  console.log("10% of 100000 rows, rows and blocks of 2048 they are from:", rows.map((r) => r.join(" in ")).join(", "));
  process.exit(sizes.every((n) => n === 0 || n === 2000) && rows.every(([n, blocks]) => blocks <= Math.ceil(n / 1500) + 1) && Math.abs(each - 200) < 90 && fixed == 200 ? 0 : 1);
})();
JS
node try.js || { echo "CHANGED"; exit 1; }
