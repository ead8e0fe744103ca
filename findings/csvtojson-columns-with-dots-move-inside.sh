#!/usr/bin/env bash
# csvtojson 2.0.14 (npm): the columns Sepal.Length and Sepal.Width are not in the rows; there is one called Sepal, an object; of two columns of one name the first is gone.
#
# Names of columns are expected to be keys as they stand. Those with dots - all that R writes, as data.frame makes dots of blanks - are taken
# for paths: row["Sepal.Length"] is undefined, which sums and means leave out or make NaN of. What to do: flatKeys: true.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts csvtojson@2.0.14 >/dev/null
cat >try.js <<'JS'
const csv = require("csvtojson");
console.log("csvtojson " + require("csvtojson/package.json").version);
const text = "Sepal.Length,Sepal.Width,n,n\n5.1,3.5,1,2\n";
(async () => {
  const rows = await csv({ checkType: true }).fromString(text), flat = await csv({ checkType: true, flatKeys: true }).fromString(text);
  console.log(JSON.stringify(rows) + " by default\n" + JSON.stringify(flat) + " with flatKeys");
  process.exit(JSON.stringify(rows) === '[{"Sepal":{"Length":5.1,"Width":3.5},"n":2}]' && flat[0]["Sepal.Length"] === 5.1 ? 0 : 1);
})();
JS
node try.js || { echo "CHANGED"; exit 1; }
