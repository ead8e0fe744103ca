#!/usr/bin/env bash
# Papa Parse 5.7.1 and csv-stringify 6.9.0 (npm): objects written as CSV have the columns of the first object; what others have besides is left out.
#
# Rows that lack a key (a metric that is measured every tenth epoch, an optional answer) are expected to leave a cell empty, as d3-dsv does,
# which looks at all rows. Here the first row alone decides: a loss on held-out data that begins with row two is in no row of the file, and
# nothing is said. What to do: name the columns.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts papaparse@5.7.1 csv-stringify@6.9.0 d3-dsv@3.0.2 >/dev/null
cat >try.js <<'JS'
const Papa = require("papaparse");
const { stringify } = require("csv-stringify/sync");
const d3 = require("d3-dsv");
for (const name of ["papaparse", "csv-stringify", "d3-dsv"]) console.log(name + " " + require("./node_modules/" + name + "/package.json").version);
const rows = [{ epoch: 1, loss: 0.5 }, { epoch: 2, loss: 0.4, heldout: 0.6 }, { epoch: 3, heldout: 0.5 }];
const written = { papaparse: Papa.unparse(rows), "csv-stringify": stringify(rows, { header: true }), "d3-dsv": d3.csvFormat(rows), "papaparse with columns": Papa.unparse(rows, { columns: ["epoch", "loss", "heldout"] }) };
for (const [name, text] of Object.entries(written)) console.log(name + ": " + JSON.stringify(text));
const has = Object.values(written).map((text) => text.includes("heldout"));
process.exit(has.join() === "false,false,true,true" ? 0 : 1);
JS
node try.js || { echo "CHANGED"; exit 1; }
