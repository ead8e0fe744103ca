#!/usr/bin/env bash
# numpy 1.24.2: mean and std of a masked array leave the masked cells out; concatenate, vstack, dot and cov take the numbers under the mask.
#
# netCDF4 hands out masked arrays, with -999 or 1e20 under the mask, and since numpy.mean and numpy.sum mind it, all of
# numpy is expected to. Two files put together by numpy.concatenate have no gaps any more, but cells of -999; dot and cov
# compute with them; median is that of another set. Only median warns, in words about "partition". What to do: numpy.ma's
# functions of the same names.
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
import sys
import warnings
import numpy as np
warnings.simplefilter("ignore")
x = np.ma.masked_equal([1.0, 2, 3, -999, -999], -999)
found = {name: round(float(value), 2) for name, value in {
    "mean": np.mean(x), "std": np.std(x), "mean of concatenate": np.concatenate([x, x]).mean(), "mean of vstack": np.vstack([x, x]).mean(),
    "dot": np.dot(x, x), "cov": np.cov(x), "median": np.median(x), "ma.median": np.ma.median(x), "mean of ma.concatenate": np.ma.concatenate([x, x]).mean(),
    "ma.dot": np.ma.dot(x, x), "ma.cov": np.ma.cov(x)}.items()}
print("1 2 3 -- -- :", found)
ok = [found[name] for name in ("mean", "std", "ma.median", "mean of ma.concatenate", "ma.dot", "ma.cov")] == [2, 0.82, 2, 2, 14, 1]
ok = ok and found["mean of concatenate"] == found["mean of vstack"] == -398.4 and found["dot"] == 14 + 2 * 999**2 and found["cov"] > 3e5 and found["median"] != 2
sys.exit(0 if ok else "CHANGED")
PY
/usr/bin/python3 try.py
