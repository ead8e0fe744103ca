#!/usr/bin/env bash
# cytoscape 3.34.4 (npm): of a - b - c the betweenness of b is 2, where networkx and igraph have 1; with the weights 0.5 and 2 the degree of b given by degreeCentrality({ root, weight }) is 2 as without weights, and 2.5 only with alpha: 1.
#
# A path without a direction is expected to be counted once, as others do, and weights that are given to count. Each pair is counted from both ends, and weights have the share alpha, which is 0 unless it is told: couplings of any strength or sign give the number of neighbours, and tables beside those of other tools differ by two.
# The normalised betweenness is right up to that factor. Nothing is said. What to do: alpha: 1; half of the betweenness where the graph has no directions.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts cytoscape@3.34.4 >/dev/null
cat >try.cjs <<'JS'
const { readFileSync } = require("fs");
const cytoscape = require("cytoscape");
console.log("cytoscape " + JSON.parse(readFileSync("node_modules/cytoscape/package.json")).version);
const graph = cytoscape({ headless: true, elements: [{ data: { id: "a" } }, { data: { id: "b" } }, { data: { id: "c" } }, { data: { source: "a", target: "b", w: 0.5 } }, { data: { source: "b", target: "c", w: 2 } }] }).elements();
const weight = (edge) => edge.data("w");
const between = graph.betweennessCentrality().betweenness("#b"), directed = graph.betweennessCentrality({ directed: true }).betweenness("#b");
const degrees = [{ root: "#b" }, { root: "#b", weight }, { root: "#b", weight, alpha: 1 }].map((o) => graph.degreeCentrality(o).degree);
const way = graph.dijkstra({ root: "#a", weight }).distanceTo("#c");
console.log("betweenness of b: " + between + ", directed: " + directed + "; degrees plain, with weights, with alpha 1: " + degrees + "; way from a to c: " + way);
process.exit(between === 2 && directed === 1 && degrees.join(" ") === "2 2 2.5" && way === 2.5 ? 0 : 1);
JS
node try.cjs || { echo "CHANGED"; exit 1; }
