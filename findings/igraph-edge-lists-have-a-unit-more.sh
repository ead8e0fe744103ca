#!/usr/bin/env bash
# igraph 0.10.2 (Python): Read_Edgelist of the lines 1 2 and 2 3, as networkx writes them, gives four vertices, of which the first has no neighbour; of 10 20 it gives 21. Read_Ncol of the same file gives three, and networkx.read_edgelist too.
#
# A list of pairs is expected to name the vertices that there are. Numbers in this format are indices from 0 on, so that all below the largest exist: a list counted from 1 has a unit more, that is coupled to nothing, components are one more, the mean degree and the density are lower, and row i of the
# matrix is unit i instead of i - 1, next to names and biases that begin with the first. From a file with identifiers come thousands of isolated units. It is directed, besides, unless told otherwise. Nothing is said. What to do: Read_Ncol(file, directed=False), whose vertices have names.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-igraph=0.10.2-1+b1 python3-networkx=2.8.8-1 python3-numpy 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-igraph|python3-networkx|python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-igraph=0.10.2-1+b1 python3-networkx=2.8.8-1 python3-numpy $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in python3-igraph python3-networkx; do dpkg-deb -f "${name}"_*.deb Version | sed "s/^/$name /"; done
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import igraph
import networkx
print("igraph", igraph.__version__, "networkx", networkx.__version__)
networkx.write_edgelist(networkx.Graph([(1, 2), (2, 3)]), "edges.txt", data=False)
with open("wide.txt", "w") as file:
    file.write("10 20\n")
read = igraph.Graph.Read_Edgelist("edges.txt", directed=False)
named = igraph.Graph.Read_Ncol("edges.txt", directed=False)
wide = igraph.Graph.Read_Edgelist("wide.txt").vcount()
back = networkx.read_edgelist("edges.txt").number_of_nodes()
print("vertices of 1 2, 2 3:", read.vcount(), "degrees", read.degree(), "components", len(read.components()), "; by Read_Ncol:", named.vcount(), named.vs["name"], "; by networkx:", back, "; of 10 20:", wide)
assert read.vcount() == 4 and read.degree() == [0, 1, 2, 1] and len(read.components()) == 2 and named.vcount() == back == 3 and wide == 21
PY
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
