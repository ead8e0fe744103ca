#!/usr/bin/env bash
# scikit-learn 1.2.1: r2_score of reconstructed pictures is 0.83 where the pixels that vary are predicted worse than by their mean.
#
# The score of many columns is the mean of each column's, and a column that never varies - a border pixel, a unit that is
# never on - has none: 0/0. It is set to 1 where the prediction is exact, and to 0 where it is off by 1e-9, so that the
# mean says how many columns are constant, and jumps with the last bits of a reconstruction. There is no warning. What to
# do: leave such columns out, or multioutput="variance_weighted".
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
from sklearn.metrics import r2_score
warnings.simplefilter("error")
random = np.random.RandomState(0)
pixels, predicted = np.zeros((50, 10)), np.zeros((50, 10))
pixels[:, 0], predicted[:, 0] = random.randn(50), random.randn(50)
found = {
    "all ten columns": r2_score(pixels, predicted),
    "the one that varies": r2_score(pixels[:, 0], predicted[:, 0]),
    "all, constant ones off by 1e-9": r2_score(pixels, predicted + 1e-9),
    "variance_weighted": r2_score(pixels, predicted + 1e-9, multioutput="variance_weighted"),
}
for name, value in found.items():
    print(f"{name:31} {value:.3f}")
exact, one, off, weighted = found.values()
sys.exit(0 if exact > 0.8 and one < -0.5 and off < 0 and off > one and abs(weighted - one) < 1e-6 else "CHANGED")
PY
/usr/bin/python3 try.py
