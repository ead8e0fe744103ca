#!/usr/bin/env bash
# networkx 2.8.8 and python-igraph 0.10.2: of the edges with weights 1, 0.5 and 2, written by write_graphml, Graph.Read_GraphML has the weights 1, nan, 2, of 0.5, 1, 0.25 it has 0.5, nan, 0.25; with floats alone it has all three. networkx reads its own file as it was.
#
# Weights are expected to be one column of numbers in a file that two libraries of graphs share. networkx gives whole numbers and others a key each, a long and a double, both named weight, of which igraph keeps one, that of the first edge: where the first coupling happens to be whole, all others are gone, strengths and sums with them nan. The number of edges
# and their ends are right. Nothing is said. What to do: float(w) for all weights before writing, or write_gml.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-igraph=0.10.2-1+b1 python3-networkx=2.8.8-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-igraph|python3-networkx' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-igraph=0.10.2-1+b1 python3-networkx=2.8.8-1 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in python3-igraph python3-networkx; do dpkg-deb -f "${name}"_*.deb Version | sed "s/^/$name /"; done
lib=$PWD/root/usr/lib/x86_64-linux-gnu
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages LD_LIBRARY_PATH=$lib/openblas-pthread:$lib:$lib/blas:$lib/lapack:$PWD/root/usr/lib OPENBLAS_NUM_THREADS=1
cat >try.py <<'P'
import sys
import igraph
import networkx

def through(weights):
    graph = networkx.Graph()
    for i, weight in enumerate(weights):
        graph.add_edge(i, i + 1, weight=weight)
    networkx.write_graphml(graph, "graph.xml")
    back = [weight for _, _, weight in networkx.read_graphml("graph.xml").edges(data="weight")]
    with open("graph.xml") as file:
        keys = file.read().count('attr.name="weight"')
    networkx.write_gml(graph, "graph.gml", stringizer=str)
    return *([str(weight) for weight in graph.es["weight"]] for graph in (igraph.Graph.Read_GraphML("graph.xml"), igraph.Graph.Read_GML("graph.gml"))), back, keys

mixed, gml, back, keys = through([1, 0.5, 2])
other = through([0.5, 1, 0.25])[0]
one = through([1.0, 0.5, 2.0])[0]
print("1, 0.5, 2 in igraph:", mixed, "; by GML:", gml, "; in networkx:", back, "; keys named weight:", keys, "; 0.5, 1, 0.25 in igraph:", other, "; 1.0, 0.5, 2.0:", one)
sys.exit(0 if mixed == ["1.0", "nan", "2.0"] and back == [1, 0.5, 2] and keys == 2 and other == ["0.5", "nan", "0.25"] and one == gml == ["1.0", "0.5", "2.0"] else 1)
P
/usr/bin/python3 -W default try.py 2>messages || { cat messages; echo "CHANGED"; exit 1; }
[ ! -s messages ] || cat messages
