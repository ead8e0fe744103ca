#!/usr/bin/env bash
# @formulajs/formulajs 4.6.1 (npm): T.TEST of 1, 2, 3, 4 and 2, 4, 6, 9 is 0.142 for one tail and for two, for pairs, equal and unequal variances, where spreadsheets have 0.049 for pairs and 0.071 for one tail; F.TEST is 0.187, the quotient of the variances, where it is a probability of 0.20; LINEST with const = FALSE has an intercept.
#
# Functions with the names of Excel are expected to give its numbers, and their arguments to count. Tails, kind and const are taken and not looked at, and the F test stops before the probability: paired runs with a clear difference have none, and a quotient of 0.04 looks like a probability. CHISQ.TEST, Z.TEST, T.INV and the
# distributions are right. Nothing is said. What to do: compute t and F by hand and T.DIST.2T, F.DIST.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts @formulajs/formulajs@4.6.1 >/dev/null
cat >try.cjs <<'JS'
const { readFileSync } = require("fs");
const formula = require("@formulajs/formulajs");
console.log("@formulajs/formulajs " + JSON.parse(readFileSync("node_modules/@formulajs/formulajs/package.json")).version);
const a = [1, 2, 3, 4], b = [2, 4, 6, 9];
const tests = [[1, 1], [2, 1], [1, 2], [2, 2], [1, 3], [2, 3]].map(([tails, kind]) => formula.T.TEST(a, b, tails, kind).toFixed(4));
const d = a.map((v, i) => v - b[i]), mean = d.reduce((x, y) => x + y) / 4, sd = Math.sqrt(d.reduce((s, v) => s + (v - mean) ** 2, 0) / 3);
const pairs = formula.T.DIST["2T"](Math.abs(mean) / (sd / 2), 3).toFixed(4);
const ratio = formula.F.TEST(a, b), quotient = formula.VAR.S(a) / formula.VAR.S(b), probability = (2 * formula.F.DIST(quotient, 3, 3, true)).toFixed(3);
const line = formula.LINEST([2, 4, 7], [1, 2, 3], false).map((v) => v.toFixed(2)).join(" ");
console.log("T.TEST for tails and kinds 1 1, 2 1, 1 2, 2 2, 1 3, 2 3: " + tests.join(" ") + "; of pairs by hand: " + pairs + "; F.TEST: " + ratio.toFixed(3) + ", quotient: " + quotient.toFixed(3) + ", probability: " + probability + "; LINEST without a constant: " + line);
process.exit(tests.every((v) => v === "0.1419") && pairs === "0.0486" && ratio === quotient && probability === "0.202" && line === "2.50 -0.67" ? 0 : 1);
JS
node try.cjs || { echo "CHANGED"; exit 1; }
