#!/usr/bin/env bash
# pandas 1.5.3: the standard deviation of the same float32 column is 1.00 or 7.49, depending on whether the package bottleneck is there.
#
# bottleneck 1.3.5 is an optional package "for speed", which pandas takes for mean, std and var wherever it finds it (Debian recommends it beside
# pandas). It adds float32 numbers one after another in float32; pandas' own code goes by double. For 100 000 readings around 10000 with
# deviation 1 that is a factor of 7, and a standardised column of deviation 0.13; the same notebook is right on the machine next to it.
# What to do: astype(float) first, or pd.set_option("compute.use_bottleneck", False).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-pandas=1.5.3+dfsg-2 python3-pandas-lib=1.5.3+dfsg-2 python3-bottleneck=1.3.5+ds1-2+b1 python3-numpy python3-dateutil python3-tz \
    python3-six libblas3 liblapack3 libopenblas0-pthread libgfortran5 libquadmath0 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-pandas_*.deb Version | sed 's/^/python3-pandas /'
dpkg-deb -f python3-bottleneck_*.deb Version | sed 's/^/python3-bottleneck /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import sys
import warnings
import numpy as np
import pandas as pd
warnings.simplefilter("error")
x = pd.Series((np.random.default_rng(0).normal(size=100000) + 1e4).astype(np.float32))
found = x.std()
with pd.option_context("compute.use_bottleneck", False):
    without = x.std()
print(f"std with bottleneck {found:.4f}, without {without:.4f}, in double {x.astype(float).std():.4f}")
sys.exit(0 if found > 2 and abs(without - 1) < 0.01 and abs(x.astype(float).std() - 1) < 0.01 else "CHANGED")
PY
/usr/bin/python3 try.py
