#!/usr/bin/env bash
# ndarray 1.1.1 (npm): of a matrix of 2 x 3, get(0, 3) is the first number of the second row, get(1, -1) the last of the first, and set(0, 3, 99) changes that row; only get(5, 5) is undefined.
#
# An index beyond the end is expected to be undefined, as in an array of JavaScript, or an error. Indices are multiplied by the strides and added, and what lies there is answered as long as it is within the memory: a loop with a <= too many, units
# counted from 1 or [x, y] exchanged by [y, x] read neighbours' numbers, all of them plausible, and writes go into other rows, or, of a view such as a row picked out, into the matrix around it. Nothing is said. What to do: compare with
# shape before.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts ndarray@1.1.1 >/dev/null
cat >try.cjs <<'JS'
const fs = require("fs"), ndarray = require("ndarray");
console.log("ndarray " + JSON.parse(fs.readFileSync("node_modules/ndarray/package.json")).version);
const w = ndarray([1, 2, 3, 4, 5, 6], [2, 3]);
const read = [w.get(0, 3), w.get(1, -1), w.get(5, 5)];
w.set(0, 3, 99);
const row = w.pick(0);
row.set(4, 77);
console.log("get(0, 3), get(1, -1), get(5, 5): " + read + "; after set(0, 3, 99) and set(4, 77) of the first row: " + w.data);
process.exit(read[0] === 4 && read[1] === 3 && read[2] === undefined && w.data.join() === "1,2,3,99,77,6" ? 0 : 1);
JS
node try.cjs || { echo "CHANGED"; exit 1; }
