#!/usr/bin/env bash
# d3-array 3.2.5 (npm): rank of 1, 1, 2, 3 is 0, 0, 2, 3, where R and scipy have 1.5, 1.5, 3, 4; the correlation of such ranks of two columns of counts is 0.08, Spearman's -0.33.
#
# Ranks are expected to be those of statistics: equal numbers share the mean of their places, whose sum is the same whatever is equal. All get the least place here, as in a race, so that a column's ranks are shifted and stretched by how many are equal: Spearman's correlation, a rank sum
# test or an area under a curve computed of them is another number, the further off the more numbers repeat, as bits, counts and rounded probabilities do; of real numbers it is right. What to do: the mean of rank of x and of the ranks counted from the other
# end, (rank(x) + n - 1 - rank(-x)) / 2.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts d3-array@3.2.5 >/dev/null
cat >try.mjs <<'JS'
import fs from "fs";
import { rank, mean } from "d3-array";
console.log("d3-array " + JSON.parse(fs.readFileSync("node_modules/d3-array/package.json")).version);
const a = [3, 3, 1, 1, 1, 0, 1, 1, 0, 1], b = [2, 1, 0, 2, 0, 3, 0, 0, 3, 0];
const shared = (x) => { const up = rank(x), down = rank(x.map((v) => -v)); return Array.from(up, (r, i) => (r + x.length - 1 - down[i]) / 2); };
const correlate = (x, y) => {
  const mx = mean(x), my = mean(y), sum = (f) => x.reduce((s, _, i) => s + f(x[i] - mx, y[i] - my), 0);
  return sum((p, q) => p * q) / Math.sqrt(sum((p) => p * p) * sum((_, q) => q * q));
};
const least = correlate(Array.from(rank(a)), Array.from(rank(b))), spearman = correlate(shared(a), shared(b));
console.log("rank of 1 1 2 3: " + Array.from(rank([1, 1, 2, 3])) + ", shared: " + shared([1, 1, 2, 3]) + "; correlation of ranks " + least.toFixed(3) + ", of shared ranks " + spearman.toFixed(3));
process.exit(Array.from(rank([1, 1, 2, 3])).join() === "0,0,2,3" && shared([1, 1, 2, 3]).join() === "0.5,0.5,2,3" && least > 0.05 && spearman < -0.3 ? 0 : 1);
JS
node try.mjs || { echo "CHANGED"; exit 1; }
