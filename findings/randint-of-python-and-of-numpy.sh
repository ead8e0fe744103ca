#!/usr/bin/env bash
# Python 3.11 and numpy 1.24.2: random.randint(0, 1) is 0 or 1, numpy's random.randint(0, 1) is 0 always.
#
# Two functions of one name with the same arguments; after "from numpy import random" the line is even the same. Python's takes
# the upper end in, numpy's (and Generator.integers) leaves it out: random bits are all 0, bytes never 255, and a split by
# randint(0, k - 1) has an empty last part. Nothing is said, as [0, 1) is a range like any other. What to do: integers(0, 1, endpoint=True).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-numpy=1:1.24.2-1+deb12u1 libblas3 liblapack3 libopenblas0-pthread libgfortran5 libquadmath0 \
    libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
dpkg-deb -f python3-numpy_*.deb Version | sed 's/^/python3-numpy /'
cat >try.py <<'PY'
import random
import numpy as np
python, array = {random.randint(0, 1) for _ in range(200)}, set(np.random.randint(0, 1, 200).tolist())
most = np.random.default_rng(0).integers(0, 255, 100000, dtype=np.uint8).max()
print("random.randint(0, 1):", python, " numpy.random.randint(0, 1):", array, " largest of 100000 bytes by integers(0, 255):", most)
assert python == {0, 1} and array == {0} and most == 254
PY
/usr/bin/python3 try.py || { echo "CHANGED"; exit 1; }
