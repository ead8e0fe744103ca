#!/usr/bin/env bash
# imbalanced-learn 0.10.0: SMOTE of bits held as integers makes rows of zeros; with rates of 0.2, 0.6 and 0.4 the new rows have 0, 0.6 and 0.05.
#
# New rows lie between a row and one of its neighbours, so fractions are expected, or numbers rounded to the nearest. The result has the
# type of the table: held as float the new rows have fractions with about the right mean, held as int they are cut down, so that a bit is on
# in a new row only if it is in both. Counts and grey levels lose half a unit, bits most of their ones, and a model learns that the rare
# class is dark. No warning. What to do: SMOTEN for categories; astype(float) and a rule of one's own for rounding.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-imblearn=0.10.0-1 python3-sklearn=1.2.1+dfsg-1 python3-sklearn-lib python3-numpy 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-imblearn|python3-sklearn|python3-sklearn-lib|python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-imblearn=0.10.0-1 python3-sklearn=1.2.1+dfsg-1 python3-sklearn-lib python3-numpy $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-imblearn_*.deb Version | sed 's/^/python3-imblearn /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import numpy as np
import imblearn
from imblearn.over_sampling import SMOTE
print("imblearn", imblearn.__version__)
x = np.random.RandomState(0).randint(0, 2, (40, 3))
y = np.r_[np.zeros(30), np.ones(10)].astype(int)
whole, real = (SMOTE(random_state=0).fit_resample(x.astype(t), y)[0][40:] for t in (int, float))
print("rates of the rare class:", x[30:].mean(0), "; of 20 new rows from integers:", whole.mean(0), "; from floats:", real.mean(0).round(2))
assert (whole.mean(0) <= x[30:].mean(0)).all() and whole.mean() < 0.6 * x[30:].mean() and abs(real.mean() - x[30:].mean()) < 0.1
PY
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
