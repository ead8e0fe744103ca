#!/usr/bin/env bash
# json-2-csv 5.6.0 (npm): of { a: 1, b: null } and { a: 2 } the cells of b are the words null and undefined; csv2json of "007", "true", "1e5", "null" gives "007", true, 100000, null and makes null of no empty cell.
#
# A cell without a value is expected to be empty, as csv-stringify, Papa Parse and d3-dsv write it, and as readers of CSV take for missing. A column of numbers with such a word in it is one of text to most of them, or one with a category "undefined", which no list
# of words for "missing" has; rows that lack a key and rows that hold null become two kinds. On the way back an empty cell is an empty text, which counts as 0 in a sum of numbers. Nothing is said. What to do: { emptyFieldValue: "" }, which is for
# undefined and for null too.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts json-2-csv@5.6.0 >/dev/null
cat >try.cjs <<'JS'
const fs = require("fs"), { json2csv, csv2json } = require("json-2-csv");
console.log("json-2-csv " + JSON.parse(fs.readFileSync("node_modules/json-2-csv/package.json")).version);
const rows = [{ a: 1, b: null }, { a: 2 }, { a: 3, b: 0.5 }];
const usual = json2csv(rows), asked = json2csv(rows, { emptyFieldValue: "" });
const back = csv2json("a,b\n007,\ntrue,1e5\nnull,0.5\n");
console.log(JSON.stringify(usual) + "; with emptyFieldValue: \"\": " + JSON.stringify(asked) + "; back: " + JSON.stringify(back));
process.exit(usual === "a,b\n1,null\n2,undefined\n3,0.5" && asked === "a,b\n1,\n2,\n3,0.5" && back[0].b === "" && back[0].a === "007" && back[1].a === true ? 0 : 1);
JS
node try.cjs || { echo "CHANGED"; exit 1; }
