#!/usr/bin/env bash
# fast-memoize 2.5.2 (npm): a function of a Set, a Map or a function answers for every other one what it answered for the first; of two arguments null, NaN, undefined and Infinity are one, as are -0 and 0.
#
# Keeping results is expected to change no result. Arguments are told apart by their JSON: each Set and Map is {}, functions are nothing, numbers that are not finite null. The energy of a set of units that are on is that of the first set ever
# asked about, f(Infinity, x) at infinite temperature is f(NaN, x), and a Float32Array is the object with the same keys. Numbers, texts and lists are right, as in a first try. Nothing is said.
# What to do: a key of your own, or arguments made plain: [...set].
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts fast-memoize@2.5.2 >/dev/null
cat >try.cjs <<'JS'
const memoize = require("fast-memoize");
console.log("fast-memoize " + require("fast-memoize/package.json").version);
const on = memoize((units) => [...units].reduce((a, b) => a + b, 0));
const sets = [on(new Set([1, 2])), on(new Set([5]))], plain = [on([1, 2]), on([5])];
const apply = memoize((f) => f(3));
const functions = [apply((x) => x), apply((x) => x * x)];
const heated = memoize((temperature, energy) => (temperature === Infinity ? 0 : energy / temperature));
const two = [heated(NaN, 3), heated(Infinity, 3)];
console.log("sums of the sets 1 2 and 5: " + sets + ", of lists: " + plain + "; f(3) of x and x * x: " + functions + "; of (NaN, 3) and (Infinity, 3): " + two);
process.exit(sets.join() === "3,3" && plain.join() === "3,5" && functions.join() === "3,3" && two.join() === "NaN,NaN" ? 0 : 1);
JS
node try.cjs || { echo "CHANGED"; exit 1; }
