#!/usr/bin/env bash
# pca-js 2.0.6 (npm): the eigenvalues of a table double when each row is there twice, and a further column of zeros makes two thirds of them; of four rows of two columns the first is 255, of R's prcomp and scikit-learn 170.
#
# The eigenvalues of a principal component analysis are variances, and are expected to be sums of squares divided by n - 1, or by n. They are divided by the number of columns: shares of the variance are right, which is what a first try looks at, and so are directions; rules that take eigenvalues as such - those above 1,
# a noise level, a Marchenko-Pastur edge, lengths to whiten by - depend on how many rows and columns there are. formattedAdjustedData has two decimals. Nothing is said. What to do: eigenvalue * columns / (rows - 1).
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts pca-js@2.0.6 >/dev/null
cat >try.cjs <<'JS'
const { readFileSync } = require("fs");
const pca = require("pca-js");
console.log("pca-js " + JSON.parse(readFileSync("node_modules/pca-js/package.json")).version);
const x = [[1, 10], [2, 22], [3, 29], [4, 41]], first = (rows) => pca.getEigenVectors(rows)[0].eigenvalue;
const mean = x.reduce((s, r) => s + r[1], 0) / 4, variance = x.reduce((s, r) => s + (r[1] - mean) ** 2, 0) / 3;
const once = first(x), twice = first([...x, ...x]), wider = first(x.map((r) => [...r, 0]));
console.log("first eigenvalue: " + once.toFixed(2) + "; rows twice: " + twice.toFixed(2) + "; a column of zeros more: " + wider.toFixed(2) + "; variance of the second column: " + variance.toFixed(2));
const near = (a, b) => Math.abs(a - b) < 1e-6 * b;
process.exit(near(twice, 2 * once) && near(wider, once * 2 / 3) && near(once * 2 / 3, 169.98365856) && variance < 170 ? 0 : 1);
JS
node try.cjs || { echo "CHANGED"; exit 1; }
