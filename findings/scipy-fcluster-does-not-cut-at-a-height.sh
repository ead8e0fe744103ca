#!/usr/bin/env bash
# SciPy 1.10.1: fcluster(Z, 2) of three groups that are 10 and 25 apart makes one cluster, fcluster(Z, 1) six; with criterion="distance" both make three.
#
# The second argument is named t, for threshold, and a tree is expected to be cut at that height, as cutree(h = 2) of R and cut_height elsewhere do. Unless told otherwise it is compared with the "inconsistent" coefficient, how far a height lies above those below it in
# deviations, which hardly ever exceeds 2: at any distance that a user would read off a dendrogram everything is one cluster, whatever the data, and below 1 clusters come that cut through groups of neighbours. Nothing is said.
# What to do: fcluster(Z, t, criterion="distance"), or "maxclust" for a number of clusters.
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
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import numpy as np
import scipy
from scipy.cluster.hierarchy import fcluster, linkage
print("scipy", scipy.__version__)
x = np.concatenate([place + np.arange(5) * 0.1 for place in (0, 10, 30)])[:, None]
z = linkage(x, "average")
heights = (1, 2, 5, 9)
usual = [int(fcluster(z, t).max()) for t in heights]
cut = [int(fcluster(z, t, criterion="distance").max()) for t in heights]
print("last heights:", z[-3:, 2].round(2), "; clusters at t =", heights, ":", usual, "; by criterion=\"distance\":", cut)
assert usual == [6, 1, 1, 1] and cut == [3, 3, 3, 3]
PY
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
