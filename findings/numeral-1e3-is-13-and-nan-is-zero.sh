#!/usr/bin/env bash
# numeral 2.0.6 (npm): numeral("1e3").value() is 13, "1,5" is 15; numeral(1e-7).format("0.00") is "NaN", and of NaN, of null and of undefined it is "0.00"; of 1e-6 it is "0.00" as well, rightly.
#
# A number formatted is expected to be that number with fewer digits, and NaN to be NaN. The two are exchanged: what a small rate or p-value shows is NaN, what could not be computed shows as a clean nought. Letters within a text of a number are passed over, so that 1e3 read from a log
# or a form is 13 (1e-3 is right, as it is one that Number takes first). Nothing is said. What to do: Number(text), toFixed.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts numeral@2.0.6 >/dev/null
cat >try.cjs <<'JS'
const numeral = require("numeral");
console.log("numeral " + require("numeral/package.json").version);
const read = ["1e3", "1,5"].map((text) => numeral(text).value()), shown = [1e-7, NaN, null, undefined, 1e-6, 2.5].map((x) => numeral(x).format("0.00"));
console.log("1e3 and 1,5: " + read.join(" ") + "; 1e-7, NaN, null, undefined, 1e-6, 2.5 as 0.00: " + shown.join(" "));
process.exit(read.join() === "13,15" && shown.join() === "NaN,0.00,0.00,0.00,0.00,2.50" ? 0 : 1);
JS
node try.cjs || { echo "CHANGED"; exit 1; }
