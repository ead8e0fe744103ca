#!/usr/bin/env bash
# XGBoost 1.7.4: the row 0 0 0 has the probability 0.01 as an array and 0.99 as a scipy sparse matrix, and so has every row.
#
# A sparse matrix stands for the same numbers as its array. XGBoost takes what is not stored for missing, and goes with it the way that it
# learned for gaps: bits from OneHotEncoder or load_svmlight_file, which are sparse, and the same bits from a data frame in production are
# different rows for one model. Trained and asked alike, zeros stored explicitly still differ from those that are not. LightGBM and scikit-
# learn take them for zeros. No warning. What to do: toarray() on both sides.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-xgboost=1.7.4-1 python3-scipy python3-numpy 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-xgboost|python3-scipy|python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-xgboost=1.7.4-1 python3-scipy python3-numpy $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-xgboost_*.deb Version | sed 's/^/python3-xgboost /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import numpy as np
import scipy.sparse as sp
import xgboost as xgb
print("xgboost", xgb.__version__)
rng = np.random.RandomState(0)
x = rng.randint(0, 2, (200, 3)).astype(float)
y = x[:, 0].copy()
x[:40, 0], y[:40] = np.nan, 1
model = xgb.train({"max_depth": 2, "objective": "binary:logistic", "eta": 1}, xgb.DMatrix(x, label=y), 5)
t = np.array([[0.0, 0, 0], [0, 1, 1]])
dense, sparse = model.predict(xgb.DMatrix(t)), model.predict(xgb.DMatrix(sp.csr_matrix(t)))
print("rows 0 0 0 and 0 1 1 as an array:", dense, ", as a sparse matrix:", sparse)
assert (dense < 0.1).all() and (sparse > 0.9).all()
PY
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
