#!/usr/bin/env bash
# scikit-learn 1.2.1: log_loss of the same probabilities is 18.0 in float64 and 8.0 in float32, and takes the columns in the order of the alphabet whatever labels= says.
#
# The loss of a prediction is expected to depend on its value. A probability of 0 is raised to the machine epsilon of the array's type, 2e-16 or 1e-7, so that
# two models which are as sure and as wrong differ by which library answered: float32 wins. And the argument labels,
# whose order one gives as that of the columns, is sorted first: right predictions for "spam", "ham" count as wrong ones. Neither is said.
# What to do: astype(float), columns in sorted order of their labels.
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
from sklearn.metrics import log_loss
warnings.simplefilter("error")
sure = np.array([[1, 0], [1, 0]])
by_type = {kind: log_loss([0, 1], sure.astype(kind)) for kind in ("float64", "float32")}
print("the same predictions, one of two wrong:", by_type)
columns = [[0.9, 0.1], [0.1, 0.9]]
by_order = {" ".join(labels): log_loss(["spam", "ham"], columns, labels=labels) for labels in (["spam", "ham"], ["ham", "spam"])}
print("p(spam), p(ham) of a spam and a ham", columns, "by labels=:", by_order)
ok = by_type["float64"] > 18 and by_type["float32"] < 8 and len(set(by_order.values())) == 1 and by_order["spam ham"] > 2
sys.exit(0 if ok else "CHANGED")
PY
/usr/bin/python3 try.py
