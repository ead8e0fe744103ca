#!/usr/bin/env bash
# scikit-learn 1.2.1: BernoulliNB answers the same for probabilities of 0.01 and 0.99, as it takes every cell above 0 for a 1.
#
# Grey levels between 0 and 1 are expected to be refused, to be cut at one half, or to count in parts, as BernoulliRBM of the same package has
# them. The default binarize=0.0 makes 1 of all that is not 0: of pictures with a faint background, or features made by a sigmoid, every
# column is on in every row. No warning. What to do: binarize=0.5.
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
import numpy as np
from sklearn.naive_bayes import BernoulliNB
bits = np.array([[0, 1], [1, 0], [1, 1], [0, 0]] * 5)
labels = bits[:, 0]
rows = np.array([[0.01, 0.5], [0.99, 0.5]])
default, half = (BernoulliNB(**o).fit(bits, labels).predict_proba(rows)[:, 1] for o in ({}, {"binarize": 0.5}))
print("P(1) of rows with 0.01 and 0.99 in the column that is the label:", *default.round(3), "; with binarize=0.5:", *half.round(3))
assert default[0] == default[1] > 0.9 and half[0] < 0.1 < 0.9 < half[1]
PY
/usr/bin/python3 try.py || { echo "CHANGED"; exit 1; }
