#!/usr/bin/env bash
# ml-roc-multiclass 0.2.0 (npm): a score that is always wrong has the AUC 1; of 500 random scores of 20 rows none is below 0.5, and 223 are 1 less what they are.
#
# The area is the chance that a row of the one class has the higher score, a half for a guess and 0 for a score that is turned round. Here each curve is turned round where that makes it larger, and both directions have the same sensitivities: a model that learned the opposite, or energies taken for scores, is as good as its mirror image,
# guesses have 0.6 on average, and a test whether 0.5 is in the interval never says no. The API takes two classes by the order of the labels and does not say which one is the positive one. Nothing is said. What to do: count the pairs, as below.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts ml-roc-multiclass@0.2.0 >/dev/null
cat >try.cjs <<'JS'
const fs = require("fs"), { getRocCurve, getAuc } = require("ml-roc-multiclass");
console.log("ml-roc-multiclass " + JSON.parse(fs.readFileSync("node_modules/ml-roc-multiclass/package.json")).version);
const auc = (labels, scores) => getAuc(getRocCurve(labels, scores));
const pairs = (labels, scores) => {
  const of = (label) => scores.filter((_, i) => labels[i] === label), ones = of(1), zeros = of(0);
  return ones.flatMap((one) => zeros.map((zero) => (one > zero) + (one === zero) / 2)).reduce((a, b) => a + b) / ones.length / zeros.length;
};
const scores = [0.9, 0.8, 0.3, 0.1], right = auc([1, 1, 0, 0], scores), wrong = auc([0, 0, 1, 1], scores), truth = pairs([0, 0, 1, 1], scores);
console.log("always right: " + right + ", always wrong: " + wrong + ", by pairs " + truth);
let state = 1, turned = 0, least = 1, sum = 0;
const random = () => (state = (state * 48271) % 2147483647) / 2147483647;
const labels = Array.from({ length: 20 }, (_, i) => Number(i >= 10));
for (let k = 0; k < 500; k++) {
  const guess = labels.map(random), here = auc(labels, guess), there = pairs(labels, guess);
  turned += Math.abs(here - (1 - there)) < 1e-9 && there < 0.5 - 1e-9;
  least = Math.min(least, here);
  sum += here;
}
console.log("500 guesses: turned round " + turned + ", least " + least + ", mean " + (sum / 500).toFixed(3));
process.exit(right === 1 && wrong === 1 && truth === 0 && least >= 0.5 && turned === 223 && sum / 500 > 0.6 ? 0 : 1);
JS
node try.cjs || { echo "CHANGED"; exit 1; }
