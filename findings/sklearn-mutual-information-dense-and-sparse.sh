#!/usr/bin/env bash
# scikit-learn 1.2.1: the mutual information of bits with a label is another number where the same bits are stored as a sparse matrix.
#
# A dense array counts as measured numbers whatever is in it, also as bool or int, a sparse one as categories. For bits
# the first is wrong: noise is added to them, and distances to neighbours are counted, so that the result changes with
# random_state and a bit that says a little says 0. Features chosen by SelectKBest(mutual_info_classif) differ
# accordingly. The exact number is that of the sparse matrix. What to do: discrete_features=True.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-sklearn=1.2.1+dfsg-1 python3-sklearn-lib python3-joblib python3-threadpoolctl python3-scipy liblbfgsb0 \
    python3-decorator python3-numpy libblas3 liblapack3 libopenblas0-pthread libgfortran5 libquadmath0 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-sklearn_*.deb Version | sed 's/^/python3-sklearn /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import sys
import warnings
import numpy as np
import scipy.sparse
from sklearn.feature_selection import mutual_info_classif
from sklearn.metrics import mutual_info_score
warnings.simplefilter("error")
random = np.random.RandomState(0)
y = random.randint(0, 2, 2000)
x = np.stack([y ^ (random.rand(2000) < flipped) for flipped in (0.1, 0.45, 0.5)], axis=1).astype(bool)
exact = np.array([mutual_info_score(column, y) for column in x.T])
found = {
    "counted by hand": exact,
    "dense, random_state=0": mutual_info_classif(x, y, random_state=0),
    "dense, random_state=1": mutual_info_classif(x, y, random_state=1),
    "sparse": mutual_info_classif(scipy.sparse.csr_matrix(x), y),
    "dense, discrete_features=True": mutual_info_classif(x, y, discrete_features=True),
}
for name, values in found.items():
    print(f"{name:30}", values.round(5))
dense, other, sparse, told = list(found.values())[1:]
ok = np.allclose(sparse, exact) and np.allclose(told, exact) and abs(dense - exact).max() > 0.01 and abs(dense - other).max() > 0.005
sys.exit(0 if ok else "CHANGED")
PY
/usr/bin/python3 try.py
