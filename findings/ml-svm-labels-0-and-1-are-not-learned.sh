#!/usr/bin/env bash
# ml-svm 2.1.2 (npm): trained with labels 0 and 1 it predicts -1 for every row, of both classes, without a word; with -1 and 1 the same rows are told apart.
#
# Labels are expected to be any two, as in libsvm, or others than -1 and 1 to be refused. They go into the sums as they are: rows with label 0 add nothing to the weights and never break the margin, so that the model learns
# from one class alone. predict answers with -1 or 1, never with the labels given, and an accuracy against 0 and 1 is 0 or that of the ones. All of it runs through.
# What to do: labels.map((y) => (y ? 1 : -1)).
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts ml-svm@2.1.2 >/dev/null
cat >try.mjs <<'JS'
import { createRequire } from "module";
const require = createRequire(import.meta.url);
const SVM = require("ml-svm");
const rows = [[0, 0], [0, 1], [1, 0], [5, 5], [5, 6], [6, 5]];
const fit = (labels) => {
  let x = 0.1;
  const model = new SVM({ C: 0.1, random: () => (x = (x * 7.13 + 0.31) % 1) });
  model.train(rows, labels);
  return model.predict(rows);
};
const bits = fit([0, 0, 0, 1, 1, 1]);
const signs = fit([-1, -1, -1, 1, 1, 1]);
console.log("ml-svm " + require("ml-svm/package.json").version + ": trained with 0 0 0 1 1 1 it predicts " + bits.join(" ") + ", with -1 -1 -1 1 1 1 " + signs.join(" "));
process.exit(new Set(bits).size === 1 && signs.join() === "-1,-1,-1,1,1,1" ? 0 : 1);
JS
node try.mjs || { echo "CHANGED"; exit 1; }
