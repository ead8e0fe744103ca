#!/usr/bin/env bash
# ml-cart 2.1.1 (npm): a DecisionTreeRegression of a hundred numbers, y = 0 below 50 and 1 above, predicts 0.5 for all; with noise of 0.001 in y it predicts 0 and 1, and DecisionTreeClassifier of the same bits tells them apart.
#
# A step is the easiest thing for a tree. Splits are chosen by the error that is left, and carried out where that is above the threshold, 0: a split that leaves none is not made. Bits, labels held as numbers, and every target with few levels that one column parts come out as their mean, for all rows, also further down in a
# tree, and in forests made of such trees; a real target, with noise, is fitted as ever. Nothing is said; gainThreshold: -1 is taken for 0 or changes nothing. What to do: the classifier for levels, or a little noise in y.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts ml-cart@2.1.1 >/dev/null
cat >try.cjs <<'JS'
const fs = require("fs"), { DecisionTreeRegression, DecisionTreeClassifier } = require("ml-cart");
console.log("ml-cart " + JSON.parse(fs.readFileSync("node_modules/ml-cart/package.json")).version);
const x = Array.from({ length: 100 }, (_, i) => i), rows = x.map((v) => [v]);
const fit = (f, options) => { const tree = new DecisionTreeRegression(options); tree.train(x, x.map(f)); return tree.predict([0, 99]); };
const step = fit((v) => (v < 50 ? 0 : 1)), below = fit((v) => (v < 50 ? 0 : 1), { gainThreshold: -1 }), noisy = fit((v) => (v < 50 ? 0 : 1) + 0.001 * Math.sin(v * v));
const tree = new DecisionTreeClassifier();
tree.train(rows, x.map((v) => (v < 50 ? 0 : 1)));
const classes = tree.predict([[0], [99]]);
console.log("at 0 and 99: step " + step + ", with gainThreshold -1 " + below + ", with noise " + noisy.map((v) => v.toFixed(3)) + ", classifier " + classes);
process.exit(step.join() === "0.5,0.5" && below.join() === "0.5,0.5" && Math.abs(noisy[0]) < 0.01 && Math.abs(noisy[1] - 1) < 0.01 && classes.join() === "0,1" ? 0 : 1);
JS
node try.cjs || { echo "CHANGED"; exit 1; }
