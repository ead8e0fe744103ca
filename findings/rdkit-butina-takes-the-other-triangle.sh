#!/usr/bin/env bash
# RDKit 2022.09.3: clusters of Butina from the distances of scipy's pdist are of other rows: of three pairs that lie 0.1 apart and 10 from each other it makes clusters of 3, 2 and 1 rows.
#
# A flat list of n (n - 1) / 2 distances is expected to have the order of pdist, hclust and linkage: of the first row to all others, then of the second. ClusterData(isDistData=True)
# takes the lower triangle row by row: 1-0, 2-0, 2-1. The length is the same, for three rows the order too, so that a small try is right. Nothing is
# said. What to do: [d(i, j) for i in range(n) for j in range(i)].
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-rdkit=202209.3-1 python3-numpy python3-scipy 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-rdkit|python3-numpy|python3-scipy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-rdkit=202209.3-1 python3-numpy python3-scipy $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-rdkit_*.deb Version | sed 's/^/python3-rdkit /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib:$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import rdkit
from rdkit.ML.Cluster import Butina
from scipy.spatial.distance import pdist
x = [0.0, 0.1, 10.0, 10.1, 20.0, 20.1]
of_pdist = list(pdist([[v] for v in x]))
lower = [abs(x[i] - x[j]) for i in range(len(x)) for j in range(i)]
wrong, right = (sorted(tuple(sorted(c)) for c in Butina.ClusterData(d, len(x), 1.0, isDistData=True)) for d in (of_pdist, lower))
print("rdkit", rdkit.__version__, "rows at", *x, "; from pdist:", *wrong, "; from the lower triangle:", *right)
assert right == [(0, 1), (2, 3), (4, 5)] and sorted(map(len, wrong)) == [1, 2, 3] and not set(wrong) & set(right) - {(0, 1)}
PY
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
