#!/usr/bin/env bash
# HDF5 1.10.8 (h5py 3.7.0): behind the filter scaleoffset a NaN comes back as the smallest number of its chunk, and of 0 5 20 100 300 with 4 bits remains 0 5 0 0 12.
#
# scaleoffset=3 is expected to round to three decimals, and to keep NaN, or the chunk as it is, where that cannot be. It does so where the NaN comes first, or a number is infinite or too large; a NaN further down
# is stored as "no distance from the minimum", and a mean over the column has no gap. Whole numbers with scaleoffset=4 have 4 bits above the minimum, and more is not refused: of counts just what is
# rare and large is lost. Nothing is said; in the same session the chunk is still in memory and right. What to do: scaleoffset=0 for whole numbers, none for columns with gaps.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-h5py=3.7.0-8 python3-numpy 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-h5py|python3-h5py-serial|python3-numpy|libhdf5-103-1|libhdf5-hl-100|libsz2|libaec0|libblas3|liblapack3' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-h5py=3.7.0-8 python3-h5py-serial=3.7.0-8 libhdf5-103-1 libhdf5-hl-100 libsz2 libaec0 python3-numpy libblas3 liblapack3 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-h5py-serial_*.deb Version | sed 's/^/python3-h5py-serial /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages LD_LIBRARY_PATH=$lib:$lib/blas:$lib/lapack
cat >try.py <<'PY'
import sys
import h5py
import numpy as np

def back(values, digits):
    x = np.array(values)
    with h5py.File("x.h5", "w") as f:
        f.create_dataset("x", data=x, scaleoffset=digits, chunks=x.shape)
    with h5py.File("x.h5") as f:
        return f["x"][...].round(3)

gap = back([1.25, np.nan, 3.0, 4.5], 3)
gap_first = back([np.nan, 1.25, 3.0, 4.5], 3)
counts = back([0, 5, 20, 100, 300], 4)
chosen = back([0, 5, 20, 100, 300], 0)
print("HDF5", h5py.version.hdf5_version, "- 1.25 NaN 3 4.5 with 3:", gap, "; NaN 1.25 3 4.5:", gap_first)
print("0 5 20 100 300 with 4 bits:", counts, "; with 0:", chosen)
sys.exit(0 if gap.tolist() == [1.25, 1.25, 3.0, 4.5] and np.isnan(gap_first[0]) and counts[:2].tolist() == [0, 5] and all(counts[2:] < 16) and chosen.tolist() == [0, 5, 20, 100, 300] else "CHANGED")
PY
/usr/bin/python3 try.py
