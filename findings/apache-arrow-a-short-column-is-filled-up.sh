#!/usr/bin/env bash
# apache-arrow 21.2.0 (npm): tableFromArrays of two rates and three labels is a table of three rows, whose last rate is null; of one label too few the last label is null.
#
# Columns of different lengths are expected to be refused, as pyarrow, pandas and R's data.frame refuse them. The shorter one is filled up at its end: where a row was dropped from one column, all rows behind it have a neighbour's label, and only the last one shows a gap, which is one of many in a table with gaps, or 0 where
# numbers are taken by toArray. A header read as a row, or a filter on one array, goes through. Nothing is said. What to do: compare the lengths before.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts apache-arrow@21.2.0 >/dev/null
cat >try.cjs <<'JS'
const fs = require("fs"), { tableFromArrays, tableToIPC, tableFromIPC } = require("apache-arrow");
console.log("apache-arrow " + JSON.parse(fs.readFileSync("node_modules/apache-arrow/package.json")).version);
const table = tableFromArrays({ rate: new Float64Array([0.25, 0.5]), label: new Int32Array([1, 0, 1]) });
const rows = tableFromIPC(tableToIPC(table)).toArray().map((row) => row.toJSON());
const short = tableFromArrays({ rate: [0.25, 0.5], label: ["on"] });
console.log("rows: " + JSON.stringify(rows) + "; of two rates and one label: " + short.numRows + ", the last label " + short.get(1).label);
process.exit(JSON.stringify(rows) === '[{"rate":0.25,"label":1},{"rate":0.5,"label":0},{"rate":null,"label":1}]' && short.numRows === 2 && short.get(1).label === null ? 0 : 1);
JS
node try.cjs || { echo "CHANGED"; exit 1; }
