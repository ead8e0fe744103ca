#!/usr/bin/env bash
# druidjs 0.9.0 (npm): the first principal component of six points between (100, 0) and (111, 11) lies between -70.7 and -85.6, or 70.7 and 85.6 with another seed, of the same points less their mean between 7.5 and -7.3; cosine of two bits apart is 1.57, canberra of (0, 1) and (0, 2) and jaccard of two rows of zeros are NaN.
#
# Components are expected to have the mean 0, as in R, scikit-learn and ml-pca, and variances of their own. Means are taken away where directions are found, not where rows are turned: every component has the mean of the data in it, new rows less a mean of one's own lie elsewhere. cosine is an angle in radians,
# where scipy's is 1 - cos. 0 / 0 of a column that is 0 in both rows, which scipy counts as 0, makes a whole distance NaN, and rows of bits have such columns. Nothing is said. What to do: take column means away first.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts @saehrimnir/druidjs@0.9.0 >/dev/null
cat >try.cjs <<'JS'
const { readFileSync } = require("fs");
const druid = require("@saehrimnir/druidjs");
console.log("druidjs " + JSON.parse(readFileSync("node_modules/@saehrimnir/druidjs/package.json")).version);
const x = [[100, 0], [101, 0], [100, 1], [110, 10], [111, 10], [110, 11]], mean = [0, 1].map((j) => x.reduce((s, r) => s + r[j], 0) / x.length);
const range = (rows, seed) => { const y = new druid.PCA(rows, { d: 1, seed }).transform().map((r) => r[0]); return [Math.min(...y), Math.max(...y)]; };
const first = range(x, 1), second = range(x, 2), centred = range(x.map((r) => r.map((v, j) => v - mean[j])), 1).map(Math.abs);
const cosine = druid.cosine([1, 0], [0, 1]), canberra = druid.canberra([0, 1], [0, 2]), jaccard = druid.jaccard([0, 0], [0, 0]);
console.log("component: " + first + "; another seed: " + second + "; less the mean: " + centred + "; cosine " + cosine + ", canberra " + canberra + ", jaccard " + jaccard);
const far = (r) => r.map(Math.abs).every((v) => v > 70 && v < 86);
process.exit(far(first) && far(second) && first[0] * second[0] < 0 && centred.every((v) => v < 8) && Math.abs(cosine - Math.PI / 2) < 1e-9 && Number.isNaN(canberra) && Number.isNaN(jaccard) ? 0 : 1);
JS
node try.cjs || { echo "CHANGED"; exit 1; }
