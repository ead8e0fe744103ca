#!/usr/bin/env bash
# csv-parse 7.0.3 (npm): with cast: true a hexadecimal cell is 0, whatever it says, and so is a binary one; 0x10 with a sign in front stays text.
#
# A cell 0x1A is expected to be 26, as Number has it, or the text it was. The test for numbers takes it for one, and parseFloat, which stops
# at the x, then makes 0 of it: a column of hashes, addresses or bit patterns becomes a column of zeros, all equal. What to do: leave cast
# out, or give a function: (cell) => ...
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts csv-parse@7.0.3 >/dev/null
cat >try.js <<'JS'
const { parse } = require("csv-parse/sync");
console.log("csv-parse " + require("./node_modules/csv-parse/package.json").version);
const rows = parse("0x1A,0xff,-0x10,1e3,x\n0xdeadbeef,0x0,-0x11,.5,0b11\n", { cast: true });
rows.forEach((row) => console.log(JSON.stringify(row)));
console.log("Number('0x1A') is " + Number("0x1A"));
process.exit(JSON.stringify(rows) === '[[0,0,"-0x10",1000,"x"],[0,0,"-0x11",0.5,0]]' ? 0 : 1);
JS
node try.js || { echo "CHANGED"; exit 1; }
