#!/usr/bin/env bash
# networkx 2.8.8 and scipy 1.10.1: the same list of edges becomes two different matrices of couplings.
#
# networkx numbers nodes as they come up in the file, also with nodetype=int: row 0 of to_numpy_array is the first node named, not node 0.
# And of an edge listed twice (a b, b a) it keeps the last weight, where scipy's coo_matrix adds both up.
# A machine whose couplings come by one way and whose data by the other is another machine, silently. What to do: nodelist=range(n), and look for repeated edges.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-networkx=2.8.8-1 python3-scipy=1.10.1-2 liblbfgsb0 python3-numpy libblas3 liblapack3 libopenblas0-pthread libgfortran5 libquadmath0 \
    libgomp1 python3-decorator 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for p in networkx scipy; do dpkg-deb -f python3-${p}_*.deb Version | sed "s/^/python3-$p /"; done
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
printf '%s\n' '2 0 0.5' '0 1 -1.5' '2 1 0.25' '1 2 1.0' >edges.txt
cat >try.py <<'PY'
import sys
import networkx as nx
import numpy as np
import scipy.sparse
g = nx.read_weighted_edgelist("edges.txt", nodetype=int)
i, j, w = np.loadtxt("edges.txt").T
s = scipy.sparse.coo_matrix((w, (i.astype(int), j.astype(int))), shape=(3, 3)).toarray()
a, b = nx.to_numpy_array(g), s + s.T
print("nodes of networkx, in order:", list(g))
print(a, "networkx", b, "scipy", sep="\n")
sorted_a = nx.to_numpy_array(g, nodelist=range(3))
sys.exit(0 if list(g) == [2, 0, 1] and sorted_a[1, 2] == 1.0 and b[1, 2] == 1.25 and sorted_a[0, 1] == b[0, 1] else "CHANGED")
PY
/usr/bin/python3 try.py
