#!/usr/bin/env bash
# Papa Parse 5.7.1 (npm): two columns of numbers with decimal commas, divided by semicolons, become three columns, divided at the commas.
#
# The guess of the separator is expected to see the header a;b, or that one semicolon stands in every line. The comma is tried first and is as
# regular: the rows are "1", "5;2", "5", in all lines but the header alike, and the list of errors is empty. With one column more the
# semicolon wins, so that a test with three columns passes. What to do: delimiter: ";".
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts papaparse@5.7.1 >/dev/null
cat >try.js <<'JS'
const Papa = require("papaparse");
console.log("papaparse " + require("papaparse/package.json").version);
const read = (text, options) => Papa.parse(text, options);
const two = read("a;b\n1,5;2,5\n3,5;4,5\n"), three = read("a;b;c\n1,5;2,5;3,25\n3,5;4,5;7,5\n"), told = read("a;b\n1,5;2,5\n3,5;4,5\n", { delimiter: ";" });
console.log("two columns:   " + JSON.stringify(two.data) + " errors " + two.errors.length);
console.log("three columns: " + JSON.stringify(three.data) + " errors " + three.errors.length);
console.log("delimiter ;:   " + JSON.stringify(told.data));
process.exit(two.data[1].join("|") === "1|5;2|5" && two.errors.length === 0 && three.data[1].length === 3 && told.data[1].join("|") === "1,5|2,5" ? 0 : 1);
JS
node try.js || { echo "CHANGED"; exit 1; }
