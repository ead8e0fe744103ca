#!/usr/bin/env bash
# SheetJS 0.18.5 (npm xlsx) writes numbers to CSV with at most eleven characters, losing digits without a word.
#
# A CSV made by a library from numbers that it holds in full is expected to hold them in full, or to say that it rounds. sheet_to_csv writes
# what a cell of the format "General" shows in a spreadsheet: 0.12345678901234567 becomes 0.123456789, a unix time in
# microseconds 1.7E+15, so neighbouring rows become equal. What to do: sheet_to_csv(sheet, {rawNumbers: true}).
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts xlsx@0.18.5 >/dev/null
cat >try.js <<'JS'
const XLSX = require("xlsx");
const rows = [[0.12345678901234567, 1764300000123456], [0.12345678909999999, 1764300000123457]];
const sheet = XLSX.utils.aoa_to_sheet(rows);
const csv = XLSX.utils.sheet_to_csv(sheet), raw = XLSX.utils.sheet_to_csv(sheet, { rawNumbers: true });
console.log("xlsx " + XLSX.version);
console.log("held:    " + JSON.stringify(rows));
console.log("CSV:     " + csv.trim().replace("\n", " | "));
console.log("rawNumbers: " + raw.trim().replace("\n", " | "));
const same = csv.trim().split("\n")[0] === csv.trim().split("\n")[1];
const kept = raw.trim().split("\n").map((l) => l.split(",").map(Number)).flat().every((x, i) => x === rows.flat()[i]);
process.exit(same && kept ? 0 : 1);
JS
node try.js || { echo "CHANGED: rows that differ are no longer written alike, or rawNumbers does not keep them"; exit 1; }
