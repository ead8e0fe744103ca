#!/usr/bin/env bash
# matplotlib 3.6.3: imsave(cmap="gray") writes a picture of 0.4 and 0.6 as black and white, and one that is 1 throughout as black.
#
# 0 is expected to be black and 1 white, as Pillow and scikit-image have it for their own ranges. imsave and imshow stretch each picture from
# its own least to its own largest value: faint samples look certain, pictures beside each other have other scales, a white one is black,
# and a file written so and read again holds other numbers. Nothing is said. What to do: vmin=0, vmax=1 in each call.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-matplotlib=3.6.3-1+b1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vx python3-matplotlib || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-matplotlib=3.6.3-1+b1 python3-numpy libblas3 liblapack3 libopenblas0-pthread libgfortran5 libquadmath0 libgomp1 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-matplotlib_*.deb Version | sed 's/^/python3-matplotlib /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages MPLCONFIGDIR=$PWD MPLBACKEND=agg MATPLOTLIBRC=$PWD/root/etc
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
# Debian's build knows its data by their place.
sed -i "s|/usr/share/matplotlib|$PWD/root&|" root/usr/lib/python3/dist-packages/matplotlib/*.py
cat >try.py <<'PY'
import numpy as np
from matplotlib import pyplot
found = {}
for name, picture in (("0.4 and 0.6", [[0.4, 0.6]]), ("1 throughout", [[1.0, 1.0]]), ("0.5 and 1", [[0.5, 1.0]])):
    pyplot.imsave("x.png", np.array(picture), cmap="gray")
    found[name] = pyplot.imread("x.png")[0, :, 0].tolist()
pyplot.imsave("x.png", np.array([[0.4, 0.6]]), cmap="gray", vmin=0, vmax=1)
print(found, "with vmin=0, vmax=1:", pyplot.imread("x.png")[0, :, 0].round(2).tolist())
assert found == {"0.4 and 0.6": [0, 1], "1 throughout": [0, 0], "0.5 and 1": [0, 1]}
PY
/usr/bin/python3 try.py || { echo "CHANGED"; exit 1; }
