#!/usr/bin/env bash
# ml-stat 1.3.3 (npm): matrix.correlation of the rows 1 2, 3 4, 5 9 is 4, 7, 7, 13, the covariance, and matrix.zScores are -2 -3, 0 -1, 2 4, as they are not divided by anything; array.robustMeanAndStdev of 1, 2, 3, 4, 100 has the mean 22; the entropy of 0 and 1 is NaN.
#
# A correlation is expected to lie between -1 and 1, a z-score to have the deviation 1, and a robust mean not to follow one outlier. Deviations are asked for with the arguments in another order, come back as NaN, and what is NaN is not divided by. Columns of one scale, as bits,
# look plausible: 0.25 on the diagonal beside 0.1. Nothing is said. What to do: matrix.standardize(x) first, and then the covariance.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts ml-stat@1.3.3 >/dev/null
cat >try.cjs <<'JS'
const { array, matrix } = require("ml-stat");
console.log("ml-stat " + require("ml-stat/package.json").version);
const x = [[1, 2], [3, 4], [5, 9]], say = JSON.stringify;
const correlation = say(matrix.correlation(x)), covariance = say(matrix.covariance(x)), scores = say(matrix.zScores(x));
const robust = array.robustMeanAndStdev([1, 2, 3, 4, 100]).mean, entropy = array.entropy([0, 1]);
console.log("correlation: " + correlation + "; covariance: " + covariance + "; zScores: " + scores + "; robust mean: " + robust + "; entropy: " + entropy);
process.exit(correlation === "[[4,7],[7,13]]" && covariance === correlation && scores === "[[-2,-3],[0,-1],[2,4]]" && robust === 22 && Number.isNaN(entropy) ? 0 : 1);
JS
node try.cjs || { echo "CHANGED"; exit 1; }
