#!/usr/bin/env bash
# ml-random-forest 2.1.0 (npm): where all ten trees say 0, predictProbability gives 0.9 for 0 and 0 for 1; with two trees it gives 0.5.
#
# The share of the trees that vote for a label is expected, and shares of all labels that sum to 1. The vote of the first tree is left out of the count while it stays in the divisor: where it was for the label that is asked for, this one has one vote too few, and the sum is 1 - 1 / trees, 0.98 by default. No row is ever certain, a
# threshold of 0.95 with ten trees takes none, and the log of what should be a certain answer is -0.1 a row. Which label loses depends on the first tree. predict itself counts all. Nothing is said. What to do: count predictionValues, as below.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts ml-random-forest@2.1.0 >/dev/null
cat >try.cjs <<'JS'
const fs = require("fs"), { RandomForestClassifier } = require("ml-random-forest");
console.log("ml-random-forest " + JSON.parse(fs.readFileSync("node_modules/ml-random-forest/package.json")).version);
const rows = Array.from({ length: 60 }, (_, i) => [i % 2, i % 2, i % 2]), labels = rows.map((row) => row[0]);
let good = true;
for (const trees of [2, 10, 50]) {
  const forest = new RandomForestClassifier({ seed: 1, nEstimators: trees, noOOB: true });
  forest.train(rows, labels);
  const row = [rows[0]], votes = forest.predictionValues(row).getRow(0), share = votes.filter((vote) => vote === 0).length / trees;
  const zero = forest.predictProbability(row, 0)[0], one = forest.predictProbability(row, 1)[0];
  console.log(`${trees} trees: votes for 0 ${share * trees}, predict ${forest.predict(row)[0]}, probability of 0 ${zero}, of 1 ${one}`);
  good &&= share === 1 && Math.abs(zero - (1 - 1 / trees)) < 1e-5 && one === 0;
}
process.exit(good ? 0 : 1);
JS
node try.cjs || { echo "CHANGED"; exit 1; }
