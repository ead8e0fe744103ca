#!/usr/bin/env bash
# faiss 1.7.3: Kmeans(d, 2) of 100000 rows learns from 512 of them, always the same; all the others can be anything.
#
# All rows are expected to count, as in scikit-learn, or a limit to be said. More than 256 rows a centre are left out
# (max_points_per_centroid), and which are kept depends on a fixed seed, 1234, so that each run agrees with the last. Only verbose=True
# tells. Below, all rows that are not among the 512 are moved by 1000, and the centres do not move: a rare cluster of a few hundred rows is
# not seen. What to do: max_points_per_centroid=len(x).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-faiss=1.7.3-2+b1 python3-numpy 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-faiss|python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-faiss=1.7.3-2+b1 python3-numpy $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-faiss_*.deb Version | sed 's/^/python3-faiss /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import faiss
import numpy as np
x = np.random.RandomState(0).rand(100000, 4).astype(np.float32)
def centres(data, **more):
    k = faiss.Kmeans(4, 2, niter=20, **more)
    k.train(data)
    return k.centroids
perm = np.empty(len(x), np.int32)
faiss.rand_perm(faiss.swig_ptr(perm), len(x), 1234)
other = np.setdiff1d(np.arange(len(x)), perm[:512])
moved = x.copy()
moved[other] += 1000
same = np.array_equal(centres(x), centres(moved))
every = centres(moved, max_points_per_centroid=len(x))
print("rows moved by 1000:", len(other), "of", len(x), "; centres the same:", same, "; with every row, largest centre", every.max())
assert same and every.max() > 900
PY
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
