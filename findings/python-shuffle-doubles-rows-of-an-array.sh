#!/usr/bin/env bash
# Python's random.shuffle with numpy 1.24.2: rows of a table are there twice, others not at all.
#
# To shuffle is to change the order, and of a list, or of an array of one dimension, it does. The rows of a
# two-dimensional array are views: x[i], x[j] = x[j], x[i] copies one row over the other and then onto itself. Of 1000
# different rows about 490 are left, and the more often the table is shuffled (once an epoch), the fewer. Shape and type
# are as before, and there is no warning. What to do: numpy's shuffle, or x[random.sample(range(len(x)), len(x))].
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-numpy=1:1.24.2-1+deb12u1 libblas3 liblapack3 libopenblas0-pthread libgfortran5 libquadmath0 libgomp1 \
    2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-numpy_*.deb Version | sed 's/^/python3-numpy /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import random
import sys
import numpy as np
random.seed(1)
np.random.seed(1)
different = lambda x: len(np.unique(x, axis=0))
x = np.arange(2000).reshape(1000, 2)
flat, listed, by_numpy, indexed = x[:, 0].copy(), x.tolist(), x.copy(), x[random.sample(range(1000), 1000)]
left = []
for epoch in range(3):
    random.shuffle(x)
    left.append(different(x))
random.shuffle(flat)
random.shuffle(listed)
np.random.shuffle(by_numpy)
print("python", sys.version.split()[0], "- different rows of 1000 after random.shuffle once, twice, three times:", left)
kept = different(flat), different(np.array(listed)), different(by_numpy), different(indexed)
print("of an array of one dimension, a list of rows, by numpy's shuffle, by sample:", kept)
sys.exit(0 if 400 < left[0] < 600 and left[0] > left[1] > left[2] and kept == (1000,) * 4 else "CHANGED")
PY
/usr/bin/python3 try.py
