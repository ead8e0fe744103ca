#!/usr/bin/env bash
# pandas 1.5.3 with numpy 1.24.2: agg(np.std) divides by n - 1, np.std of the same column by n, and agg of a lambda with np.std in it is 0 in every row.
#
# A function handed over is expected to be called. agg looks np.std, np.var, np.sum, np.mean and the like up in a table and calls pandas' methods
# of these names, which divide by n - 1 and leave gaps out; in groupby, agg(np.std) and apply(np.std) differ in the same way. What is not in the
# table is tried on each cell first: agg(lambda c: np.std(c)) of a series answers the deviations of single numbers, a column of zeros. Rows
# standardised in one place and scored in another are off by sqrt(n / (n - 1)). What to do: .std(ddof=0), or np.std(c.to_numpy()).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-pandas=1.5.3+dfsg-2 python3-pandas-lib=1.5.3+dfsg-2 python3-dateutil python3-tz python3-six \
    python3-numpy=1:1.24.2-1+deb12u1 libblas3 liblapack3 libopenblas0-pthread libgfortran5 libquadmath0 \
    libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
dpkg-deb -f python3-pandas_*.deb Version | sed 's/^/python3-pandas /'
cat >try.py <<'PY'
import numpy as np
import pandas as pd
s = pd.Series([1.0, 2.0, 3.0, 4.0])
g = pd.DataFrame({"g": [0, 0, 1, 1], "x": [1.0, 2.0, 3.0, 5.0]}).groupby("g").x
print("agg(np.std)", s.agg(np.std), " np.std", np.std(s), " agg(lambda c: np.std(c))", s.agg(lambda c: np.std(c)).tolist())
print("groups: agg(np.std)", g.agg(np.std).tolist(), " apply(np.std)", g.apply(np.std).tolist())
gap = pd.Series([1.0, np.nan, 3.0])
print("with a gap: agg(np.sum)", gap.agg(np.sum), " np.sum of the array", np.sum(gap.to_numpy()))
assert abs(s.agg(np.std) - np.sqrt(5 / 3)) < 1e-12 and abs(np.std(s) - np.sqrt(5 / 4)) < 1e-12
assert s.agg(lambda c: np.std(c)).tolist() == [0.0] * 4
assert g.agg(np.std).round(6).tolist() == [0.707107, 1.414214] and g.apply(np.std).tolist() == [0.5, 1.0]
PY
/usr/bin/python3 try.py || { echo "CHANGED"; exit 1; }
