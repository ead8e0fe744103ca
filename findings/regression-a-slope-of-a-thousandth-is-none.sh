#!/usr/bin/env bash
# regression 2.0.1 (npm): of the points 0, 0; 1000, 1; 2000, 2.1 the line is 0 x + 1.03, its predictions are 1.03 everywhere, its r2 is 0; of 0.001, 0.002, 0.004 the exponential is 0. With precision: 10 the line is 0.00105 x - 0.0167.
#
# A fit is expected to be computed in full and rounded where it is shown. The coefficients are cut to two decimals first, and points, predict and r2 come from what is left: a slope per row, per second or per reading that is below 0.005 is none, and r2 says that there is nothing to see. In other units the same data fit well.
# The README has precision in a table of options. Nothing is said. What to do: precision: 15.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts regression@2.0.1 >/dev/null
cat >try.cjs <<'JS'
const { readFileSync } = require("fs");
const regression = require("regression");
console.log("regression " + JSON.parse(readFileSync("node_modules/regression/package.json")).version);
const points = [[0, 0], [1000, 1], [2000, 2.1]];
const usual = regression.linear(points), told = regression.linear(points, { precision: 10 });
const small = regression.exponential([[0, 0.001], [1, 0.002], [2, 0.004]]);
const units = regression.linear(points.map(([x, y]) => [x / 1000, y]));
console.log("line: " + usual.equation + ", at 2000: " + usual.predict(2000)[1] + ", r2 " + Math.abs(usual.r2) + "; exponential: " + small.equation + ", at 2: " + small.predict(2)[1] + "; with precision: " + told.equation + "; in thousands: " + units.equation + ", r2 " + units.r2);
process.exit(usual.equation.join(" ") === "0 1.03" && usual.predict(2000)[1] === 1.03 && Math.abs(usual.r2) === 0 && small.predict(2)[1] === 0 && told.equation[0] === 0.00105 && units.r2 > 0.98 ? 0 : 1);
JS
node try.cjs || { echo "CHANGED"; exit 1; }
