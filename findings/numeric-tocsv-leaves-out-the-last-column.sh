#!/usr/bin/env bash
# numeric 1.2.6 (npm): toCSV leaves out the last column, and parseCSV adds a last row of one NaN, so that a matrix of 2 x 3 comes back as 3 x 2.
#
# What is written is expected to be what is read. Every row loses its last number (a matrix of one column becomes empty lines), and the line
# feed at the end of a file counts as one row more. Both are silent; a product with a matrix of the right shape then gives NaN. What to do:
# write rows.map((row) => row.join()).join("\n"), and read without the last line feed.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts numeric@1.2.6 >/dev/null
cat >try.js <<'JS'
const numeric = require("numeric");
console.log("numeric " + require("numeric/package.json").version);
const m = [[1, 2, 3], [4, 5, 6]], text = numeric.toCSV(m), back = numeric.parseCSV(text), read = numeric.parseCSV("1,2,3\n4,5,6\n");
console.log(JSON.stringify(m) + " is written as " + JSON.stringify(text) + " and read as", back);
console.log("1,2,3 and 4,5,6 are read as", read);
process.exit(text === "1, 2\n4, 5\n" && read.length === 3 && read[2].length === 1 && Number.isNaN(read[2][0]) ? 0 : 1);
JS
node try.js || { echo "CHANGED"; exit 1; }
