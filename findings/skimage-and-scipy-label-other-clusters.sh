#!/usr/bin/env bash
# SciPy 1.10.1 and scikit-image 0.19.3: of a lattice of spins -1 and 1 ndimage.label makes one cluster, measure.label dozens; of bits, 0 and 1, the first joins neighbours at sides, the second at corners too.
#
# Clusters of a lattice model are expected to be connected along its couplings, the four sides, by either function of the same name. For scipy all that is not 0 is one kind, so that spins up and down are one
# cluster; for scikit-image each value is a kind of its own, 0 none, and cells that touch at a corner are neighbours: clusters are larger and fewer, and percolation begins at 0.41 instead of 0.59.
# Neither goes round a periodic edge. Both look plausible. What to do: label(x == 1) of scipy, connectivity=1 of scikit-image; merge across edges yourself.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-skimage=0.19.3-8 python3-scipy=1.10.1-2 python3-numpy 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-skimage|python3-skimage-lib|python3-scipy|python3-numpy|libblas3|liblapack3' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-skimage=0.19.3-8 python3-skimage-lib python3-scipy=1.10.1-2 python3-numpy libblas3 liblapack3 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in python3-scipy python3-skimage; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
lib=$PWD/root/usr/lib/x86_64-linux-gnu
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages LD_LIBRARY_PATH=$lib:$lib/blas:$lib/lapack
cat >try.py <<'PY'
import sys
import numpy as np
from scipy import ndimage
from skimage import measure
bits = (np.random.RandomState(1).random_sample((64, 64)) < 0.5).astype(np.int8)
spins = 2 * bits - 1
corner = np.eye(2, dtype=np.int8)
found = {
    "two cells at a corner": (ndimage.label(corner)[1], measure.label(corner).max()),
    "bits": (ndimage.label(bits)[1], measure.label(bits).max()),
    "spins": (ndimage.label(spins)[1], measure.label(spins).max()),
}
largest = [np.bincount(labels.ravel())[1:].max() for labels in (ndimage.label(bits)[0], measure.label(bits))]
same = (ndimage.label(bits)[0] > 0).sum() == bits.sum() and ndimage.label(bits)[1] == measure.label(bits, connectivity=1).max()
for name, counts in found.items():
    print(name, "- clusters of scipy:", counts[0], "of scikit-image:", counts[1])
print("largest cluster of the bits:", *largest, "of", bits.sum(), "cells; with connectivity=1 as many as scipy:", same)
sys.exit(0 if found["two cells at a corner"] == (2, 1) and found["spins"][0] == 1 and found["spins"][1] > 20 and found["bits"][0] > 3 * found["bits"][1] and same else "CHANGED")
PY
/usr/bin/python3 try.py
