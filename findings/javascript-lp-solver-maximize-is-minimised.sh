#!/usr/bin/env bash
# javascript-lp-solver 1.0.3 (npm): with opType "maximize" the largest x up to 10 is 0, with "max" it is 10; the largest x with 3 x up to 1 is 0.33333333, and of x up to 1e-9 it is 0; each answer says feasible.
#
# A word for the direction that is not known is expected to be refused. All but "max" means the least: the answer is feasible and "optimal", as far from what was asked for as can be. Numbers are rounded to eight places behind the point, and what is smaller is 0, so that weights, probabilities and fractions of a budget in small units are
# cut or gone; constraints that held do not hold exactly any more. Nothing is said. What to do: "max" or "min"; scale small numbers up.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts javascript-lp-solver@1.0.3 >/dev/null
cat >try.cjs <<'JS'
const { readFileSync } = require("fs");
const solver = require("javascript-lp-solver");
console.log("javascript-lp-solver " + JSON.parse(readFileSync("node_modules/javascript-lp-solver/package.json")).version);
const solve = (opType, limit, factor) => solver.Solve({ optimize: "v", opType, constraints: { c: { max: limit } }, variables: { x: { v: 1, c: factor } } });
const wrong = solve("maximize", 10, 1), right = solve("max", 10, 1), third = solve("max", 1, 3), small = solve("max", 1e-9, 1);
console.log("maximize: " + wrong.result + " feasible " + wrong.feasible + "; max: " + right.result + "; 3 x <= 1: " + third.result + "; x <= 1e-9: " + small.result);
process.exit(wrong.result === 0 && wrong.feasible && right.result === 10 && third.result === 0.33333333 && small.result === 0 ? 0 : 1);
JS
node try.cjs || { echo "CHANGED"; exit 1; }
