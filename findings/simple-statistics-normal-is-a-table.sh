#!/usr/bin/env bash
# simple-statistics 7.12.1 (npm): the normal distribution is a printed table of z with two decimals, that ends at 3.09: beyond it every p is 0.001; the 0.975 quantile is 1.957.
#
# cumulativeStdNormalProbability is expected to have the digits of a double. It looks up a table of four decimals, so z of 1.234 and 1.2349
# are one, and p never is below 0.001: a threshold corrected for 1000 tests is never passed, and a log likelihood by it has a floor.
# probit(0.975) is 1.9572 instead of 1.95996, an interval too narrow. What to do: errorFunction of the same package has the digits.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts simple-statistics@7.12.1 >/dev/null
cat >try.js <<'JS'
const s = require("simple-statistics");
console.log("simple-statistics " + require("simple-statistics/package.json").version);
const p = [1.231, 1.2349, 3.5, 8].map(s.cumulativeStdNormalProbability), low = s.cumulativeStdNormalProbability(-8), q = s.probit(0.975);
console.log("p of 1.231, 1.2349, 3.5, 8: " + p.join(" ") + ", of -8: " + low + " (6.2e-16)\nprobit(0.975): " + q + " (1.959964)");
console.log("by errorFunction: " + [1.231, 1.2349, 3.5].map((z) => (1 + s.errorFunction(z / Math.SQRT2)) / 2).join(" "));
process.exit(p[0] === p[1] && p[2] === 0.999 && p[3] === 0.999 && Math.abs(low - 0.001) < 1e-9 && Math.abs(q - 1.959964) > 0.002 ? 0 : 1);
JS
node try.js || { echo "CHANGED"; exit 1; }
