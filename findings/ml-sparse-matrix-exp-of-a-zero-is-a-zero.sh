#!/usr/bin/env bash
# ml-sparse-matrix 3.1.0 (npm): exp of a matrix leaves its zeros zero, where exp(0) is 1, cos too; add(1) adds to what is stored only.
#
# A sparse matrix stands for all its cells. add, exp, cos, log and the like go over the stored ones alone: exp(W) lacks its ones, an offset
# is on some couplings, the log of a 0 is 0 instead of -Infinity, and which cells are meant depends on how the matrix was filled. scipy
# refuses adding a number; R's Matrix answers a full matrix. Nothing is said. What to do: to2DArray first, for all that does not leave 0 at
# 0.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts ml-sparse-matrix@3.1.0 >/dev/null
cat >try.mjs <<'JS'
import { readFileSync } from "fs";
import { SparseMatrix } from "ml-sparse-matrix";
console.log("ml-sparse-matrix " + JSON.parse(readFileSync("node_modules/ml-sparse-matrix/package.json")).version);
const w = () => new SparseMatrix([[1, 0], [0, 2]]);
const exp = w().exp().to2DArray(), add = w().add(1).to2DArray(), log = w().log().to2DArray();
console.log("of [[1,0],[0,2]] exp: " + JSON.stringify(exp) + ", add(1): " + JSON.stringify(add) + ", log: " + JSON.stringify(log));
process.exit(exp[0][1] === 0 && JSON.stringify(add) === "[[2,0],[0,3]]" && log[0][1] === 0 ? 0 : 1);
JS
node try.mjs || { echo "CHANGED"; exit 1; }
