#!/usr/bin/env bash
# comma-separated-values 3.6.4 (npm): of "1,2", ",3" and "x,4" the first column is 1, 0 and NaN, of "x,1", "2,3" it is the texts x and 2; a short row ends with NaN.
#
# Casting of numbers is expected to look at each cell, and to leave what is no number. The first row says what a column is: below a number an empty cell is 0, which is a reading like others and less than the ones that are, and a word (NA, n/a, a unit) is NaN; below a word all numbers stay texts, so that 10 is less than 9 in a
# sort. A short row's missing cell is NaN, an empty one 0, and which kind a gap has depends on the comma. Nothing is said. What to do: cast: false, and a test of each cell.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts comma-separated-values@3.6.4 >/dev/null
cat >try.cjs <<'JS'
const fs = require("fs"), CSV = require("comma-separated-values");
console.log("comma-separated-values " + JSON.parse(fs.readFileSync("node_modules/comma-separated-values/package.json")).version);
const show = (text, options) => JSON.stringify(new CSV(text, options).parse(), (_, value) => (Number.isNaN(value) ? "NaN!" : value));
const seen = [show("1,2\n,3\nx,4\n"), show("x,1\n2,3\n"), show("1,2\n3\n4,\n"), show("1,2\n,3\n", { cast: false })];
console.log(`gap and word below a number: ${seen[0]}; number below a word: ${seen[1]}; a short row and an empty cell: ${seen[2]}; cast: false: ${seen[3]}`);
process.exit(seen.join(" ") === '[[1,2],[0,3],["NaN!",4]] [["x",1],["2",3]] [[1,2],[3,"NaN!"],[4,0]] [["1","2"],["","3"]]' ? 0 : 1);
JS
node try.cjs || { echo "CHANGED"; exit 1; }
