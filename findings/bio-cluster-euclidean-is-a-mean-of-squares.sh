#!/usr/bin/env bash
# Biopython 1.80: the "Euclidean" distance of 0 0 0 0 and 3 3 3 3 in Bio.Cluster is 9, the city-block distance 3; scipy says 6 and 12.
#
# Euclidean is expected to be the root of the sum of squares. The C Clustering Library (also that of Cluster 3.0) takes the mean of the
# squares, over the columns that both rows have, and no root; city-block is a mean as well. Heights of a tree are not those of scipy or R,
# average and complete linkage of squares join other rows, and a threshold means another thing with each number of columns. What to do:
# distances from scipy.spatial.distance, given as distancematrix=.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-biopython=1.80+dfsg-4+b1 python3-numpy 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-biopython|python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-biopython=1.80+dfsg-4+b1 python3-numpy $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-biopython_*.deb Version | sed 's/^/python3-biopython /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import Bio
import Bio.Cluster
import numpy as np
print("Bio", Bio.__version__)
x = np.array([[0.0] * 4, [3.0] * 4])
found = {d: Bio.Cluster.distancematrix(x, dist=d)[1][0] for d in "eb"}
gap = Bio.Cluster.distancematrix(x, mask=[[1, 1, 1, 1], [1, 0, 0, 0]], dist="e")[1][0]
tree = Bio.Cluster.treecluster(np.array([[0.0], [2], [5]]), method="m", dist="e")
heights = [tree[i].distance for i in range(len(tree))]
print("dist e:", found["e"], ", by hand", np.sqrt(((x[0] - x[1]) ** 2).sum()), "; dist b:", found["b"], ", by hand", np.abs(x[0] - x[1]).sum(),
      "; e with one common column:", gap, "; heights of 0, 2, 5:", heights)
assert found == {"e": 9, "b": 3} and gap == 9 and heights == [4, 25]
PY
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
