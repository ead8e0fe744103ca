#!/usr/bin/env bash
# pandas 1.5.3: to_csv writes each float64 so that it can be read back exactly, and read_csv by its defaults does not.
#
# The default parser trades digits for speed: about 40 % of 17-digit numbers of mixed size come back as neighbours, up to 1e-12 of their value
# away, which is thousands of neighbours. A score computed from the frame and one from the frame's own CSV differ. (float32 columns do come back.)
# What to do: read_csv(..., float_precision="round_trip").
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-pandas=1.5.3+dfsg-2 python3-pandas-lib=1.5.3+dfsg-2 python3-numpy python3-dateutil python3-tz python3-six libblas3 \
    liblapack3 libopenblas0-pthread libgfortran5 libquadmath0 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-pandas_*.deb Version | sed 's/^/python3-pandas /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import sys
import numpy as np
import pandas as pd
rng = np.random.default_rng(0)
x = rng.normal(size=100000) * 10.0 ** rng.integers(-5, 6, 100000)
pd.DataFrame({"x": x}).to_csv("x.csv", index=False)
default = pd.read_csv("x.csv").x.to_numpy()
exact = pd.read_csv("x.csv", float_precision="round_trip").x.to_numpy()
print(f"default: {(default != x).mean():.1%} changed, by up to {np.abs(default / x - 1).max():.1e} of the value")
print(f"round_trip: {(exact != x).mean():.1%} changed")
sys.exit(0 if (default != x).mean() > 0.1 and (exact == x).all() else "CHANGED")
PY
/usr/bin/python3 try.py
