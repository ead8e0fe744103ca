#!/usr/bin/env bash
# scikit-learn 1.2.1: an imputer answers fewer columns than it was given where one has no value in the training rows, with no warning for arrays.
#
# What fills gaps is expected to keep the table's shape. SimpleImputer, KNNImputer and IterativeImputer all leave out a column that was empty when they
# were fitted - also in later rows, in which it has values. Columns behind it move one to the left, and the names that
# belong to them are one too many; a mask of gaps made before no longer fits. What to do: keep_empty_features=True, with
# SimpleImputer or IterativeImputer; KNNImputer then writes 0 over values, too.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-sklearn=1.2.1+dfsg-1 python3-sklearn-lib=1.2.1+dfsg-1 python3-numpy python3-scipy liblbfgsb0 python3-joblib python3-threadpoolctl \
    libopenblas0-pthread libgfortran5 libquadmath0 libgomp1 libblas3 liblapack3 python3-decorator 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-sklearn_*.deb Version | sed 's/^/python3-sklearn /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import sys
import warnings
import numpy as np
from sklearn.experimental import enable_iterative_imputer
from sklearn.impute import IterativeImputer, KNNImputer, SimpleImputer
warnings.simplefilter("error")
train = np.array([[1, np.nan, 3], [2, np.nan, np.nan], [np.nan, np.nan, 1], [3, np.nan, 2]])
later = np.array([[np.nan, 7.0, 8.0]])
ok = True
for kind in SimpleImputer, KNNImputer, IterativeImputer:
    found, kept = kind().fit(train).transform(later), kind(keep_empty_features=True).fit(train).transform(later)
    print(kind.__name__, later.tolist(), "->", found.round(2).tolist(), "keep_empty_features:", kept.round(2).tolist())
    ok = ok and found.shape == (1, 2) and found[0, 1] == 8 and kept[0, 1] == (0 if kind is KNNImputer else 7)
sys.exit(0 if ok else "CHANGED")
PY
/usr/bin/python3 try.py
