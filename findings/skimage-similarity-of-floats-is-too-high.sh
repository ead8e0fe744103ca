#!/usr/bin/env bash
# scikit-image 0.19.3: the structural similarity of two faint pictures is another for values 0 to 1 held as floats than for the same pictures as bytes, and higher.
#
# The index has two constants that belong to the range of the values. Without data_range it is that of the type: 255 for bytes, and 2 for
# floats, which in this library go from -1 to 1. For floats from 0 to 1 both constants are four times as large as they should be: what is
# dark or faint counts as alike, noise beside noise scores well, and a paper's value is of the other kind. No warning. What to do:
# data_range=1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-skimage=0.19.3-8 python3-skimage-lib python3-numpy 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-skimage|python3-skimage-lib|python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-skimage=0.19.3-8 python3-skimage-lib python3-numpy $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-skimage_*.deb Version | sed 's/^/python3-skimage /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import numpy as np
import skimage
from skimage.metrics import structural_similarity as ssim
print("skimage", skimage.__version__)
rng = np.random.RandomState(0)
a, b = (rng.randint(0, 26, (32, 32)).astype(np.uint8) for _ in range(2))
whole, real, told = ssim(a, b), ssim(a / 255, b / 255), ssim(a / 255, b / 255, data_range=1)
print("two pictures of faint noise that have nothing in common: as bytes", whole, ", as floats 0 to 1", real, ", with data_range=1", told)
assert abs(whole - told) < 1e-6 and real > whole + 0.2
PY
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
