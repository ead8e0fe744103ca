#!/usr/bin/env bash
# scipy 1.10.1: of a matrix of distances in which two rows are equal, shortest_path says that these two are 2 apart, and the minimum spanning tree is 6 long instead of 5.
#
# A distance of 0 is expected to be the shortest there is. In scipy.sparse.csgraph a 0 off the diagonal says that there is no edge, in a full array too: two rows that are equal are joined by way of a third, single linkage made from the tree
# puts them at that height, connected_components of d * (d <= eps) has them apart, and a geodesic distance (Isomap by hand) is largest for twins. Bits and counts are full of equal
# rows; real numbers, as in a first try, have none. No warning. What to do: numpy.where(d == 0, 1e-12, d), or csgraph_from_dense(d, null_value=numpy.inf).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-scipy=1.10.1-2 python3-numpy 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-scipy|python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-scipy=1.10.1-2 python3-numpy $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-scipy_*.deb Version | sed 's/^/python3-scipy /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib:$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu:$PWD/root/usr/lib/x86_64-linux-gnu/blas:$PWD/root/usr/lib/x86_64-linux-gnu/lapack
cat >try.py <<'PY'
import sys
import numpy as np
from scipy.sparse import csgraph
from scipy.spatial.distance import cdist

points = np.array([[0.0], [0.0], [1.0], [5.0]])
d = cdist(points, points)
kept = csgraph.csgraph_from_dense(d, null_value=np.inf)
paths = csgraph.shortest_path(d)[0, 1], csgraph.shortest_path(kept)[0, 1]
trees = csgraph.minimum_spanning_tree(d).sum(), csgraph.minimum_spanning_tree(kept).sum()
groups = csgraph.connected_components(d * (d <= 0.5))[0], csgraph.connected_components(d <= 0.5)[0]
print("points 0 0 1 5: the two equal ones are", paths[0], "apart by shortest_path, with zeros kept", paths[1])
print("length of the tree:", trees[0], "with zeros kept", trees[1], "; groups within 0.5: of distances", groups[0], "of true and false", groups[1])
sys.exit(0 if paths == (2, 0) and trees == (6, 5) and groups == (4, 3) else "CHANGED")
PY
/usr/bin/python3 try.py
