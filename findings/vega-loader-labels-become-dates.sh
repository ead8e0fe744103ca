#!/usr/bin/env bash
# vega-loader 5.1.3 (npm): a column of labels such as "unit 1", "sample 2", "batch-3" is read as dates of the year 2001.
#
# parse: "auto" (the default of Vega-Lite for CSV and TSV) is expected to make dates of dates. Whatever Date.parse of the engine takes is one,
# and V8 takes any word with a number behind: all of "unit 1" to "unit 12" become the first of a month, "unit 13" makes the column text again.
# The labels are gone from tables and axes. What to do: parse: {label: "string"}.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts vega-loader@5.1.3 >/dev/null
cat >try.mjs <<'JS'
import { read, inferType } from "vega-loader";
import { readFileSync } from "fs";
console.log("vega-loader " + JSON.parse(readFileSync("node_modules/vega-loader/package.json")).version);
const rows = read("unit,rate\nunit 1,0.5\nunit 2,0.25\n", { type: "csv", parse: "auto" });
console.log(rows.map((row) => row.unit + " " + row.rate).join("; "));
const kinds = Object.fromEntries([["sample 1", "sample 12"], ["sample 1", "sample 13"], ["batch-3"], ["seed 7"], ["1.2.3"], ["x"]].map((words) => [words.join(), inferType(words)]));
console.log(JSON.stringify(kinds));
process.exit(rows[0].unit === Date.parse("unit 1") && Number.isFinite(rows[1].unit) && Object.values(kinds).join() === "date,string,date,date,date,string" ? 0 : 1);
JS
node try.mjs || { echo "CHANGED"; exit 1; }
