#!/usr/bin/env bash
# density-clustering 1.3.0 (npm): with eps = 1 the points 0, 1, 2 are noise each; with 1.000001 they are a cluster.
#
# A neighbourhood of DBSCAN has the points at a distance of eps or less, in the paper and in scikit-learn and R's dbscan. Here it is less:
# for coordinates with many digits that is one and the same, for bits, counts and pixels, whose distances are 1, 2 and roots of whole
# numbers, a whole shell of neighbours is missing, and the result is that of the next smaller distance. What to do: a little more than eps.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts density-clustering@1.3.0 >/dev/null
cat >try.mjs <<'JS'
import { readFileSync } from "fs";
import clustering from "density-clustering";
console.log("density-clustering " + JSON.parse(readFileSync("node_modules/density-clustering/package.json")).version);
const run = (eps) => { const d = new clustering.DBSCAN(); return JSON.stringify(d.run([[0], [1], [2], [9]], eps, 3).map((c) => c.sort())); };
const exact = run(1), more = run(1.000001);
console.log("0, 1, 2, 9 with at least 3 points: eps = 1: " + exact + "; eps = 1.000001: " + more);
process.exit(exact === "[]" && more === "[[0,1,2]]" ? 0 : 1);
JS
node try.mjs || { echo "CHANGED"; exit 1; }
