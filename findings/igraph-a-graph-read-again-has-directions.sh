#!/usr/bin/env bash
# igraph 0.10.2 (Python): an undirected graph of three units written by write_ncol is directed when Read_Ncol reads it, so that its matrix has one half of the couplings, 1/3 comes back as 0.333333333333333; Adjacency of the couplings 0.5 and 1.7 has one edge, for 1.7.
#
# What a library writes it is expected to read, and a graph to stay undirected. The formats NCOL, LGL and edge list do not say which it is, and the readers take directed=True: get_adjacency has the upper triangle only, so that energies by x' W x / 2 are half of what they were,
# while degrees and components agree. Weights have 15 digits, also in GML, GraphML and Pajek files. Adjacency takes numbers of edges and cuts fractions: couplings between -1 and 1 are no edges where they are positive. No warning.
# What to do: Read_Ncol(f, directed=False); Weighted_Adjacency for couplings.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-igraph=0.10.2-1+b1 python3-numpy 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-igraph|python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-igraph=0.10.2-1+b1 python3-numpy $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-igraph_*.deb Version | sed 's/^/python3-igraph /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib:$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu:$PWD/root/usr/lib/x86_64-linux-gnu/blas:$PWD/root/usr/lib/x86_64-linux-gnu/lapack
cat >try.py <<'PY'
import sys

sys.modules["matplotlib"] = None  # pictures are not wanted
import igraph

graph = igraph.Graph([(0, 1), (1, 2)])
graph.vs["name"] = ["a", "b", "c"]
graph.es["weight"] = [1 / 3, 2.5]
before = graph.get_adjacency(attribute="weight").data
graph.write_ncol("graph.ncol")
graph.write_lgl("graph.lgl")
after = igraph.Graph.Read_Ncol("graph.ncol").get_adjacency(attribute="weight").data
told = igraph.Graph.Read_Ncol("graph.ncol", directed=False).get_adjacency(attribute="weight").data
directed = igraph.Graph.Read_Lgl("graph.lgl").is_directed()
graph.write_gml("graph.gml")
digits = igraph.Graph.Read_GML("graph.gml").es["weight"][0]
edges = igraph.Graph.Adjacency([[0, 0.5, 1.7], [0.5, 0, 0], [1.7, 0, 0]], mode="undirected").get_edgelist()
print("written:", before)
print("read:   ", after, "told:", told, "LGL directed:", directed, "GML:", digits)
print("Adjacency of 0.5 between 0 and 1 and 1.7 between 0 and 2:", edges)
third = 0.333333333333333
sys.exit(0 if after == [[0, third, 0], [0, 0, 2.5], [0, 0, 0]] and told[1][0] == third and directed and digits == third and edges == [(0, 2)] else "CHANGED")
PY
/usr/bin/python3 try.py
