#!/usr/bin/env bash
# dataframe-js 1.4.4 (npm): of 5, null, 7 the mean is 6 and the least 0; of an empty text in place of null, too, of a word or NaN 5; the largest of -5 and null is 0.
#
# What a mean leaves out is expected not to be the least. min and max take a gap for 0, mean, var and sd leave it out: a column with a single gap begins at 0, or, of energies, ends there; ranges, scalings by (x - min) / (max - min), axes and checks whether rates are above 0 go by a number that no row has, beside means
# that are those of the rest. In a column that has zeros nothing is to be seen. Nothing is said. What to do: df.filter((row) => Number.isFinite(row.get("a"))) before.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts dataframe-js@1.4.4 >/dev/null
cat >try.cjs <<'JS'
const fs = require("fs"), { DataFrame } = require("dataframe-js");
console.log("dataframe-js " + JSON.parse(fs.readFileSync("node_modules/dataframe-js/package.json")).version);
const stats = (...cells) => { const { min, mean, max } = new DataFrame(cells.map((x) => [x]), ["a"]).stat.stats("a"); return [min, mean, max]; };
const found = [stats(5, null, 7), stats(5, "", 7), stats(5, NaN, 7), stats(5, "x", 7), stats(5, 7)];
const low = new DataFrame([[-5], [null]], ["a"]).stat.max("a");
console.log("least, mean, largest of 5, 7 with null, an empty text, NaN, a word, nothing between: " + found.join(" | ") + "; largest of -5, null: " + low);
process.exit(JSON.stringify(found) === "[[0,6,7],[0,6,7],[5,6,7],[5,6,7],[5,6,7]]" && low === 0 ? 0 : 1);
JS
node try.cjs || { echo "CHANGED"; exit 1; }
