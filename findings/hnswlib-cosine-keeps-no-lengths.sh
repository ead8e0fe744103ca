#!/usr/bin/env bash
# hnswlib 0.6.2: vectors put into a "cosine" index come out of get_items with length 1, and a "l2" distance of 5 is 25.
#
# A store of vectors is expected to give back what was stored: [3, 4] is [0.6, 0.8], so that hidden states or embeddings kept only there have
# lost their lengths. l2 is the square, and the distance of "ip" is 1 less the product, below zero for long vectors, where a vector is not
# nearest to itself. A threshold from scipy means others. What to do: keep the vectors; take the root.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-hnswlib=0.6.2-2+deb12u1 python3-numpy=1:1.24.2-1+deb12u1 libblas3 liblapack3 libopenblas0-pthread libgfortran5 \
    libquadmath0 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-hnswlib_*.deb Version | sed 's/^/python3-hnswlib /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import hnswlib
import numpy as np
def index(space):
    i = hnswlib.Index(space, 2)
    i.init_index(10, random_seed=1)
    i.add_items(np.array([[0.3, 0.4], [3.0, 4.0]]), [0, 1])
    return i
stored = index("cosine").get_items([1])[0]
l2 = index("l2").knn_query([[0.0, 0.0]], 2)[1][0]
near, ip = (x[0] for x in index("ip").knn_query([[0.3, 0.4]], 2))
print("cosine, get_items of [3, 4]:", *np.round(stored, 4), "; l2 distances of 0.5 and 5:", *l2, "; ip, nearest to item 0:", *near, "at", *ip)
assert np.allclose(stored, [0.6, 0.8]) and np.allclose(l2, [0.25, 25]) and list(near) == [1, 0] and ip[0] < 0
PY
/usr/bin/python3 try.py || { echo "CHANGED"; exit 1; }
