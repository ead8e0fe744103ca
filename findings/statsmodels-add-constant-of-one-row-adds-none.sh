#!/usr/bin/env bash
# statsmodels 0.13.5: add_constant of three columns and two rows has four columns, of one row three, and of a table in which one unit is on in every row three as well.
#
# A function that adds a column is expected to add it. It does not where there is a column that does not vary and is not 0, and in one row none varies: a model fitted with an intercept refuses a single new row, or a batch in which one unit happens to be always on, where the
# test table worked. Nothing is said, has_constant="skip" is what it comes with. What to do: add_constant(x, has_constant="add").
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-statsmodels=0.13.5+dfsg-7 python3-pandas-lib python3-pandas python3-scipy python3-numpy 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-statsmodels|python3-pandas-lib|python3-pandas|python3-scipy|python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-statsmodels=0.13.5+dfsg-7 python3-pandas-lib python3-pandas python3-scipy python3-numpy $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-statsmodels_*.deb Version | sed 's/^/python3-statsmodels /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import numpy as np
import statsmodels
import statsmodels.api as sm
print("statsmodels", statsmodels.__version__)
x = np.random.default_rng(0).normal(size=(50, 3))
fit = sm.OLS(5 + x.sum(axis=1), sm.add_constant(x)).fit()
one, two = x[:1], x[:2]
shapes = [sm.add_constant(rows).shape for rows in (two, one, np.array([[1.0, 0, 1], [1, 1, 0], [1, 0, 0]]))]
try:
    fit.predict(sm.add_constant(one))
    refused = False
except ValueError:
    refused = True
right = fit.predict(sm.add_constant(one, has_constant="add"))
print("shapes of two rows, one row, rows with a unit that is always on:", shapes, "; predict of one row refused:", refused, "; with has_constant='add':", right.round(3), "of", (5 + one.sum(axis=1)).round(3))
assert shapes == [(2, 4), (1, 3), (3, 3)] and refused and np.allclose(right, 5 + one.sum())
PY
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
