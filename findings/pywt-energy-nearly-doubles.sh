#!/usr/bin/env bash
# PyWavelets 1.1.1: the coefficients of an orthogonal wavelet have nearly twice the energy of the series of 37 numbers they are made of.
#
# An orthogonal transform is expected to keep the sum of squares (Parseval), so that thresholds for noise and shares of energy per level mean
# something. By default the ends are mirrored, and each level has a few coefficients more than half: 50 of 37 numbers, 88.9 instead of 47.5.
# waverec gives the series back all the same, so a test of that passes. What to do: mode="periodization".
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-pywt=1.1.1-3+b2 python3-numpy=1:1.24.2-1+deb12u1 libblas3 liblapack3 libopenblas0-pthread libgfortran5 libquadmath0 \
    libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-pywt_*.deb Version | sed 's/^/python3-pywt /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import numpy as np
import pywt
x = np.random.RandomState(0).randn(37)
energy = {"series": ((x**2).sum(), 37)}
for mode in "symmetric", "periodization":
    levels = pywt.wavedec(x, "db4", mode=mode)
    energy[mode] = sum((level**2).sum() for level in levels), sum(map(len, levels))
    assert np.allclose(pywt.waverec(levels, "db4", mode=mode)[:37], x)
for name, (sum_of_squares, numbers) in energy.items():
    print(name, round(sum_of_squares, 2), "in", numbers, "numbers")
y = np.concatenate([x, x[:27]])
assert energy["symmetric"][0] > 1.8 * energy["series"][0] and energy["symmetric"][1] == 50
assert np.isclose(sum((level**2).sum() for level in pywt.wavedec(y, "db4", mode="periodization", level=3)), (y**2).sum())
PY
/usr/bin/python3 try.py || { echo "CHANGED"; exit 1; }
