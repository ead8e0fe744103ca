#!/usr/bin/env bash
# ml-logistic-regression 2.0.0 (npm): the model has no intercept, so a threshold away from zero cannot be learned.
#
# Logistic regression without more words has a constant term; neither options nor documentation speak of one. Six points 10 to 15, the upper
# three of class 1, are separable by one threshold, and all come out as class 1; the same points less 12.5 are learned without a mistake.
# Features that are probabilities (hidden units, all of them positive) are classified worse than they can be. What to do: append a column of ones.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts ml-logistic-regression@2.0.0 ml-matrix@6.15.1 >/dev/null
cat >try.js <<'JS'
const { Matrix } = require("ml-matrix");
const LogisticRegression = require("ml-logistic-regression");
const classes = [0, 0, 0, 1, 1, 1], x = [10, 11, 12, 13, 14, 15];
const learn = (rows) => {
  const model = new LogisticRegression({ numSteps: 50000, learningRate: 5e-3 });
  model.train(new Matrix(rows), Matrix.columnVector(classes));
  return model.predict(new Matrix(rows)).join("");
};
console.log("ml-logistic-regression " + require("ml-logistic-regression/package.json").version);
const ways = { "x": learn(x.map((v) => [v])), "x - 12.5": learn(x.map((v) => [v - 12.5])), "x - 12.5 + 1, and a column of ones": learn(x.map((v) => [v - 11.5, 1])) };
for (const [name, found] of Object.entries(ways)) console.log(name + ": classes " + classes.join("") + ", predicted " + found);
process.exit(Object.values(ways).join() === "111111,000111,000111" ? 0 : 1);
JS
node try.js || { echo "CHANGED"; exit 1; }
