#!/usr/bin/env bash
# numpy 1.24.2: x = numpy.memmap("rows.bin", "float32"); x -= x.mean() changes the file: the next run reads numbers with the mean 0; numpy.load(..., mmap_mode="r") refuses the same line.
#
# A file that is opened to be read is expected to stay as it is, as with open, load and fromfile. The mode of memmap, unless given, is "r+": each change in place, also by a function that normalises, clips, shuffles or fills gaps in what it is given, is written to
# the data set, without a save and without a close. The first run is right; the second scales what was scaled, splits what was shuffled, and a check of the file's sum fails weeks later. Nothing is said. What to do: mode="r", or "c" for changes that stay in memory.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-numpy=1:1.24.2-1+deb12u1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-numpy=1:1.24.2-1+deb12u1 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-numpy_*.deb Version | sed 's/^/python3-numpy /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import numpy as np
print("numpy", np.__version__)
rows = np.arange(4, dtype="float32")
def run(**mode):
    rows.tofile("rows.bin")
    x = np.memmap("rows.bin", "float32", **mode)
    x -= x.mean()
    del x
    return np.fromfile("rows.bin", "float32").tolist()
usual, copied = run(), run(mode="c")
np.save("rows.npy", rows)
try:
    x = np.load("rows.npy", mmap_mode="r")
    x -= x.mean()
    refused = False
except ValueError:
    refused = True
print("0 1 2 3 in the file; after one line with memmap:", usual, "; with mode=\"c\":", copied, "; load with mmap_mode=\"r\" refuses:", refused)
assert usual == [-1.5, -0.5, 0.5, 1.5] and copied == [0, 1, 2, 3] and refused
PY
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
