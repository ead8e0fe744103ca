#!/usr/bin/env bash
# kd-tree-javascript 1.0.3 (npm): nearest(point, 3)[0] is the farthest of the three, and the order of the others is not by distance.
#
# Neighbours are expected nearest first, as scikit-learn, scipy, FNN and the others give them. The list is what a heap held: its first is the
# farthest, so "the nearest" taken by [0] is wrong whenever more than one was asked for, and right with one. What to do: sort by the second
# number of each pair.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts kd-tree-javascript@1.0.3 >/dev/null
cat >try.js <<'JS'
const { kdTree } = require("kd-tree-javascript");
console.log("kd-tree-javascript " + require("kd-tree-javascript/package.json").version);
const tree = new kdTree([0, 1, 3, 7, 20].map((x) => ({ x })), (a, b) => Math.abs(a.x - b.x), ["x"]);
const found = [1, 2, 3, 4].map((k) => tree.nearest({ x: 0.25 }, k).map(([, distance]) => distance));
found.forEach((distances, i) => console.log("nearest " + (i + 1) + ": distances " + distances.join(" ")));
process.exit(found.every((distances) => distances[0] === Math.max(...distances)) && found[0][0] === 0.25 && found[2][0] === 2.75 ? 0 : 1);
JS
node try.js || { echo "CHANGED"; exit 1; }
