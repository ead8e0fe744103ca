#!/usr/bin/env bash
# ml-naivebayes 4.0.0 (npm): GaussianNB predicts from the first two columns, however many it was trained with; rows far from all it has seen are of class -1.
#
# All columns are expected to count, as in scikit-learn's class of the name. train computes means and deviations of each, predict goes over as
# many as the pair of numbers kept for a column is long, which is two: a third column that tells the classes apart changes nothing, and training
# and prediction say nothing (with one column it stops). Tables of two columns, as in a first try, are right. Where the densities of all classes
# are too small for a double none beats the start, and the answer, -1, is no class. What to do: another package, or two columns, the best ones
# first.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts ml-naivebayes@4.0.0 >/dev/null
cat >try.js <<'JS'
const { GaussianNB } = require("ml-naivebayes");
console.log("ml-naivebayes " + require("ml-naivebayes/package.json").version);
const classes = [0, 0, 0, 0, 1, 1, 1, 1], telling = [1, 2, 1.5, 2.5, 101, 102, 101.5, 102.5], noise = [3, 1, 4, 2, 3, 1, 4, 2];
const learn = (rows) => {
  const model = new GaussianNB();
  model.train(rows, classes);
  return model;
};
const rows = (order) => classes.map((_, i) => order.map((telling_here) => (telling_here ? telling[i] : noise[i])));
const first = learn(rows([1, 0, 0])).predict(rows([1, 0, 0])), third = learn(rows([0, 0, 1])).predict(rows([0, 0, 1]));
const far = learn(rows([1, 0])).predict([[50, 2]]);
console.log(`classes ${classes}; the column that tells them first: ${first}, third: ${third}; a row in the middle between two narrow classes: ${far}`);
process.exit(`${first}` === `${classes}` && new Set(third).size === 1 && far[0] === -1 ? 0 : 1);
JS
node try.js || { echo "CHANGED"; exit 1; }
