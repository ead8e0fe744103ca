#!/usr/bin/env bash
# arquero 5.4.1 (npm): what a column of a CSV holds is decided by its first 1000 rows; a word further down is NaN, and valid rows become fewer.
#
# A reader that guesses types is expected to fall back on text, or to fail, when the guess proves wrong. fromCSV reads on with the number reader: from
# row 1001 on "x7" is NaN, and means and counts leave NaN out as missing without saying so. Sorted files (numbered codes first, lettered ones
# behind) lose all of their letters. What to do: fromCSV(text, {autoMax: Infinity}).
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts arquero@5.4.1 >/dev/null
cat >try.js <<'JS'
const aq = require("arquero");
const text = "code\n" + Array.from({ length: 1500 }, (_, i) => (i < 1000 ? i : "x" + i)).join("\n") + "\n";
const short = "code\n" + Array.from({ length: 1500 }, (_, i) => (i < 999 ? i : "x" + i)).join("\n") + "\n";
const say = (name, table) => {
  const valid = table.rollup({ n: aq.op.valid("code") }).get("n", 0);
  console.log(name + ": row 1201 is " + JSON.stringify(table.get("code", 1200)) + ", " + typeof table.get("code", 0) + "; " + valid + " of " + table.numRows() + " rows valid");
  return valid;
};
console.log("arquero " + require("arquero/package.json").version);
const found = [say("words from row 1001", aq.fromCSV(text)), say("words from row 1000", aq.fromCSV(short)), say("autoMax: Infinity", aq.fromCSV(text, { autoMax: Infinity }))];
process.exit(found.join() === "1000,1500,1500" ? 0 : 1);
JS
node try.js || { echo "CHANGED"; exit 1; }
