#!/usr/bin/env bash
# csv-stringify 6.9.0 (npm): true is written as 1 and false as an empty cell, as null is; dates become milliseconds.
#
# 1 and 0, or true and false, are expected. A column of bits held as truth values has ones and gaps: whoever reads it back sees a missing value where a unit was off, means of what
# is there are 1, and false and unknown are the same cell. d3-dsv and Papa Parse write the words. Nothing is said. What to do: cast: { boolean: (b) => b ? "1" : "0" }.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts csv-stringify@6.9.0 d3-dsv@3.0.2 papaparse@5.7.1 >/dev/null
cat >try.mjs <<'JS'
import fs from "fs";
import { stringify } from "csv-stringify/sync";
import { csvFormat } from "d3-dsv";
import Papa from "papaparse";
for (const name of ["csv-stringify", "d3-dsv", "papaparse"]) console.log(name + " " + JSON.parse(fs.readFileSync("node_modules/" + name + "/package.json")).version);
const rows = [{ unit: true, next: 1 }, { unit: false, next: 0 }, { unit: null, next: 0 }];
const written = {
  "csv-stringify": stringify(rows, { header: true }), "d3-dsv": csvFormat(rows), papaparse: Papa.unparse(rows, { newline: "\n" }),
  "csv-stringify with a cast": stringify(rows, { header: true, cast: { boolean: (b) => (b ? "1" : "0") } }),
};
for (const [name, text] of Object.entries(written)) console.log(name + ": " + JSON.stringify(text));
const lines = Object.values(written).map((text) => text.trim().split("\n").slice(1).join("|"));
process.exit(lines.join(" ") === "1,1|,0|,0 true,1|false,0|,0 true,1|false,0|,0 1,1|0,0|,0" ? 0 : 1);
JS
node try.mjs || { echo "CHANGED"; exit 1; }
