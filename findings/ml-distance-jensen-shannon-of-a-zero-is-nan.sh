#!/usr/bin/env bash
# ml-distance 5.0.0 (npm): the Jensen-Shannon divergence of two distributions is NaN as soon as one of them has a zero, also of one with itself.
#
# It is the divergence that one takes because it is finite where a class is missing on one side: 0 log 0 counts as 0, and of 1/2, 1/2 and 1,
# 0 it is 0.216. Here 0 * log(0) is NaN, for jensenDifference and topsoe also, in every histogram with an empty bin. NaN < d is false, so
# that a search for the nearest or a threshold on drift passes such a pair over without an error. What to do: leave out terms with p = 0 by
# hand.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts ml-distance@5.0.0 >/dev/null
cat >try.mjs <<'JS'
import { readFileSync } from "fs";
import { distance } from "ml-distance";
console.log("ml-distance " + JSON.parse(readFileSync("node_modules/ml-distance/package.json")).version);
const term = (p, m) => (p > 0 ? p * Math.log(p / m) : 0);
const hand = (p, q) => p.reduce((sum, _, i) => sum + (term(p[i], (p[i] + q[i]) / 2) + term(q[i], (p[i] + q[i]) / 2)) / 2, 0);
const even = [0.5, 0.5], one = [1, 0], near = [0.4, 0.6];
const names = ["jensenShannon", "jensenDifference", "topsoe"];
console.log("1/2 1/2 and 1 0: " + names.map((n) => n + " " + distance[n](even, one)).join(", ") + "; by hand " + hand(even, one));
console.log("1/2 1/2 and 0.4 0.6: " + distance.jensenShannon(even, near) + "; by hand " + hand(even, near) + "; 1 0 with itself: " + distance.jensenShannon(one, one));
process.exit(names.every((n) => Number.isNaN(distance[n](even, one))) && Number.isNaN(distance.jensenShannon(one, one)) && Math.abs(distance.jensenShannon(even, near) - hand(even, near)) < 1e-12 ? 0 : 1);
JS
node try.mjs || { echo "CHANGED"; exit 1; }
