#!/usr/bin/env bash
# numeric 1.2.6 (npm): numeric.seedrandom.seedrandom(1) does not seed numeric.random; the numbers are others in every run.
#
# The library brings a seedable generator and functions that draw, and the second is expected to follow the first. numeric.random goes on with
# Math.random, which is not seeded; only numeric.seedrandom.random(), one number at a time, is. A test that compares two draws of one run
# after one seeding each shows it, one that looks at a single run does not. What to do: numeric.rep and numeric.seedrandom.random.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts numeric@1.2.6 >/dev/null
cat >try.js <<'JS'
const numeric = require("numeric");
console.log("numeric " + require("numeric/package.json").version);
const drawn = (draw) => [1, 1].map(() => { numeric.seedrandom.seedrandom(1); return draw(); });
const matrices = drawn(() => numeric.random([2])[0]), numbers = drawn(() => numeric.seedrandom.random());
console.log("random([2])[0] after seed 1, twice: " + matrices.map((x) => (x === matrices[0] ? "one number" : "another number")).join(", ") + "\nseedrandom.random() after seed 1, twice: " + numbers.join(", "));
process.exit(matrices[0] !== matrices[1] && numbers[0] === numbers[1] ? 0 : 1);
JS
node try.js || { echo "CHANGED"; exit 1; }
