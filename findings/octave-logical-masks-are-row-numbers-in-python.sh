#!/usr/bin/env bash
# Octave 7.3 and SciPy 1.10.1: a mask [true false true] saved with -v7 is read by loadmat as the bytes 1, 0, 1; x[mask] of the rows 10, 20, 30 is 20, 10, 20 instead of 10, 30, mask - 1 is 0, 255, 0 and ~mask 254, 255, 254. Numbers come back as doubles.
#
# Truth values are expected to be truth values in numpy, which has them. The file has them as bytes with a flag, and the flag is not looked at unless asked for: rows chosen by a mask are row 1 for each true and row 0 for each false, as many as there were before, with the first two rows over and over; what is turned round by ~ is
# rows 254 and 255, or refused in shorter tables. sum and mean of the mask are right. Nothing is said. What to do: loadmat(file, mat_dtype=True), or mask.astype(bool).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends octave=7.3.0-2 octave-common=7.3.0-2 python3-scipy python3-numpy 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'octave|octave-common|python3-scipy|python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq octave=7.3.0-2 octave-common=7.3.0-2 python3-scipy python3-numpy $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in octave octave-common; do dpkg-deb -f "${name}"_*.deb Version | sed "s/^/$name /"; done
lib=$PWD/root/usr/lib/x86_64-linux-gnu
LD_LIBRARY_PATH=$(dirname "$(find root -name 'liboctave.so*' | head -n 1)"):$lib:$PWD/root/usr/lib:$lib/openblas-pthread:$lib/blas:$lib/lapack:$lib/hdf5/serial
export LD_LIBRARY_PATH OCTAVE_HOME=$PWD/root/usr
cat >write.m <<'M'
mask = [true false true];
x = [10 20 30];
save ("-v7", "mask.mat", "mask", "x");
M
octave=$(readlink -f "$(find root/usr/bin -name "octave-cli*" -type f | head -n 1)")
"$octave" -q --no-init-file write.m 2>log || { echo "CHANGED"; exit 1; }
cat >try.py <<'PY'
import sys
import scipy
from scipy.io import loadmat
print("scipy", scipy.__version__)
file = loadmat("mask.mat")
mask, x = file["mask"].ravel(), file["x"].ravel()
told = loadmat("mask.mat", mat_dtype=True)["mask"].dtype
chosen, right = x[mask].tolist(), x[mask.astype(bool)].tolist()
print("mask:", mask.dtype, mask, "; x:", x.dtype, "; x[mask]:", chosen, "; x[mask.astype(bool)]:", right, "; mask - 1:", mask - 1, "; ~mask:", ~mask, "; with mat_dtype=True:", told)
sys.exit(not (chosen == [20, 10, 20] and right == [10, 30] and (mask - 1).tolist() == [0, 255, 0] and (~mask).tolist() == [254, 255, 254] and x.dtype == float and told == bool))
PY
LD_LIBRARY_PATH=$lib/openblas-pthread:$lib PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages /usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
