#!/usr/bin/env bash
# numbers 0.7.0 (npm): exponentialRegression of 1, 2, 3 and 2, 4, 8 gives 5.45 at 4, where the doubling goes on to 16; with an x of 0 it gives NaN. linearRegression beside it is right.
#
# A curve through points that lie on it is expected to go through them. The sums are those of another formula, in which logarithms of x stand as well: what is fitted lies far below the points, 1.05, 1.82 and 3.15 for 2, 4 and 8. Times that begin at 0 are NaN at once.
# What to do: linearRegression(x, y.map(Math.log)) and Math.exp.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts numbers@0.7.0 >/dev/null
cat >try.cjs <<'JS'
const { readFileSync } = require("fs");
const { statistic } = require("numbers");
console.log("numbers " + JSON.parse(readFileSync("node_modules/numbers/package.json")).version);
const x = [1, 2, 3], y = [2, 4, 8];
const curve = statistic.exponentialRegression(x, y), line = statistic.linearRegression(x, y.map(Math.log));
const found = [4, 1, 2, 3].map((v) => curve(v).toFixed(2)).join(" "), right = Math.exp(line(4)).toFixed(2), zero = statistic.exponentialRegression([0, 1, 2], [1, 2, 4])(3);
console.log("at 4, and at the points 1, 2, 3: " + found + "; by the line of logarithms: " + right + "; with an x of 0: " + zero);
process.exit(found === "5.45 1.05 1.82 3.15" && right === "16.00" && Number.isNaN(zero) ? 0 : 1);
JS
node try.cjs || { echo "CHANGED"; exit 1; }
