#!/usr/bin/env bash
# exceljs 4.4.0 writes CSV lines of different lengths: empty cells at the end of a row are left out, a row of none is an empty line.
#
# A table of five columns is expected to have five fields in every line (RFC 4180, section 2.4), all the more as the same library keeps empty
# cells in front of others. worksheet rows are as long as their last cell with a value, and the CSV is made of them: a row whose last
# columns are null ends early, one that is all null becomes an empty line, which readers take for none - row and labels no longer
# match - or for one row of one gap. What to do: put "" where null is (it is written as an empty field), or check that all lines have
# as many fields as the header.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts exceljs@4.4.0 >/dev/null 2>&1
cat >try.js <<'JS'
const ExcelJS = require("exceljs");
async function lines(empty) {
    const sheet = new ExcelJS.Workbook().addWorksheet("a");
    sheet.columns = ["x", "y", "z"].map((key) => ({ header: key, key }));
    for (const row of [{ x: 1, y: empty, z: 3 }, { x: 2, y: empty, z: empty }, { x: empty, y: empty, z: empty }, { x: 4, y: 5, z: 6 }])
        sheet.addRow(row);
    return String(await sheet.workbook.csv.writeBuffer()).split("\n");
}
(async () => {
    const nulls = await lines(null), blank = await lines("");
    console.log("exceljs " + require("exceljs/package.json").version);
    console.log("null: " + JSON.stringify(nulls));
    console.log("\"\":   " + JSON.stringify(blank));
    const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
    process.exit(same(nulls, ["x,y,z", "1,,3", "2", "", "4,5,6"]) && same(blank, ["x,y,z", "1,,3", "2,,", ",,", "4,5,6"]) ? 0 : 1);
})();
JS
node try.js || { echo "CHANGED: lines are of one length, or empty texts are left out too"; exit 1; }
