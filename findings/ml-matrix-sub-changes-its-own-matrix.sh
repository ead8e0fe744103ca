#!/usr/bin/env bash
# ml-matrix 6.15.1 (npm): A.sub(B) is the difference and A is overwritten by it; A.mmul(B), A.transpose() and Matrix.sub(A, B) leave A alone.
#
# An operation with a result is expected to leave its operands, and the product does. add, sub, mul, div, pow, sqrt, exp and the like work in
# place and return the same object: after residual = data.sub(mean) the data are the residual, and a second step works on that. center and
# scale are in place also; scaleColumns is not. What to do: Matrix.sub(A, B), or A.clone().sub(B).
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts ml-matrix@6.15.1 >/dev/null
cat >try.js <<'JS'
const { Matrix } = require("ml-matrix");
console.log("ml-matrix " + require("./node_modules/ml-matrix/package.json").version);
const B = new Matrix([[1, 1], [1, 1]]);
const kept = (work) => { const A = new Matrix([[1, 2], [3, 5]]), before = JSON.stringify(A.to2DArray()); work(A); return JSON.stringify(A.to2DArray()) === before; };
const works = { "A.sub(B)": (A) => A.sub(B), "A.exp()": (A) => A.exp(), 'A.center("column")': (A) => A.center("column"), "A.mmul(B)": (A) => A.mmul(B), "A.transpose()": (A) => A.transpose(), "A.scaleColumns()": (A) => A.scaleColumns(), "Matrix.sub(A, B)": (A) => Matrix.sub(A, B) };
for (const [name, work] of Object.entries(works)) console.log(name + ": A is " + (kept(work) ? "as before" : "another"));
process.exit(Object.values(works).map(kept).join() === "false,false,false,true,true,true,true" ? 0 : 1);
JS
node try.js || { echo "CHANGED"; exit 1; }
