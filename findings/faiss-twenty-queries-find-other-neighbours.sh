#!/usr/bin/env bash
# faiss 1.7.3: an exact index finds the right neighbours for 19 queries asked together, and for 20 of the same ones row 0 at the distance 0, each time.
#
# IndexFlatL2 compares with every row and is expected to be exact, whatever the batch. From 20 queries on it computes x*x - 2xy + y*y in
# float32 by a matrix product, and takes what comes out below 0 for 0: of vectors around 10000, with differences below 1, nothing is left. A
# test that asks for one row passes, a service that gathers requests answers others when it is busy. No warning. What to do: subtract the
# mean before adding and asking, or faiss.cvar.distance_compute_blas_threshold = 2**30.
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
rng = np.random.RandomState(0)
rows, queries = ((10000 + rng.rand(n, 8)).astype(np.float32) for n in (1000, 40))
index = faiss.IndexFlatL2(8)
index.add(rows)
true = ((rows[None].astype(float) - queries[:, None]) ** 2).sum(2).argmin(1)
right = {}
for n in (1, 19, 20, 40):
    distance, found = index.search(queries[:n], 1)
    right[n] = int((found[:, 0] == true[:n]).sum())
    print(n, "queries together: right", right[n], "largest distance", distance.max())
faiss.cvar.distance_compute_blas_threshold = 2**30
again = int((index.search(queries, 1)[1][:, 0] == true).sum())
print("40 queries with another threshold: right", again)
assert right[1] == 1 and right[19] == 19 and right[20] <= 1 and right[40] <= 1 and again == 40
PY
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
