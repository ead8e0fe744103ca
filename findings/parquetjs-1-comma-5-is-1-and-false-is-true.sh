#!/usr/bin/env bash
# parquetjs 0.11.2 (npm): cells of a CSV as texts: 1,5 is 1 as DOUBLE and INT32, 1e3 is 1000 and 1, 3.9 becomes 3; as BOOLEAN 0 and false are true.
#
# A schema with kinds is expected to hold cells to them, as an error is raised for "-" and for what does not fit one byte. Numbers are what parseFloat and parseInt make of the beginning of a text: a decimal comma, a unit, an exponent or a fraction is left away, and a column of thousandths is a column of zeros. Every text that is not empty is
# true, so that a column of bits, read from a CSV without casts, is all ones in the file. Nothing is said; numbers and truth values themselves come back as they were, as in a first try. What to do: Number(text) and text === "1" before, and Number.isInteger for columns of whole numbers.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts parquetjs@0.11.2 >/dev/null
cat >try.cjs <<'JS'
const fs = require("fs"), parquet = require("parquetjs");
console.log("parquetjs " + JSON.parse(fs.readFileSync("node_modules/parquetjs/package.json")).version);
async function back(rows) {
  const writer = await parquet.ParquetWriter.openFile(new parquet.ParquetSchema({ d: { type: "DOUBLE" }, i: { type: "INT32" }, b: { type: "BOOLEAN" } }), "rows.parquet");
  for (const row of rows) await writer.appendRow(row);
  await writer.close();
  const reader = await parquet.ParquetReader.openFile("rows.parquet"), cursor = reader.getCursor(), found = [];
  for (let row; (row = await cursor.next()); ) found.push([row.d, row.i, row.b]);
  await reader.close();
  return JSON.stringify(found);
}
(async () => {
  const texts = ["1,5", "1e3", "3.9"].map((x, k) => ({ d: x, i: x, b: ["0", "false", "1"][k] })), cast = [{ d: 1000, i: 1000, b: false }, { d: 0.5, i: -3, b: true }];
  const seen = [await back(texts), await back(cast)];
  console.log("texts 1,5 1e3 3.9 and 0 false 1: " + seen[0] + "; numbers and truth values: " + seen[1]);
  process.exit(seen.join() === '[[1,1,true],[1000,1,true],[3.9,3,true]],[[1000,1000,false],[0.5,-3,true]]' ? 0 : 1);
})();
JS
node try.cjs || { echo "CHANGED"; exit 1; }
