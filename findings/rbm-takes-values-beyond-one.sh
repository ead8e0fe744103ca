#!/usr/bin/env bash
# scikit-learn 1.2.1: BernoulliRBM takes grey levels 0..255 without a warning, and every hidden unit is then on for every row.
#
# Its documentation asks for values of 0 to 1, its validation asks only for finite numbers. Training on pixels as they come out of a file ends
# with weights in the hundreds and features that are 1 throughout; transform and score_samples answer as ever, and a Pipeline with a classifier
# behind it learns from a constant. What to do: divide by 255.
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
from sklearn.neural_network import BernoulliRBM
warnings.simplefilter("error")
rng = np.random.default_rng(0)
grey = np.where(rng.random((500, 30)) < 0.2, rng.integers(128, 256, (500, 30)), 0).astype(float)
for name, x in ("0..255", grey), ("0..1", grey / 255):
    m = BernoulliRBM(n_components=10, learning_rate=0.05, n_iter=10, random_state=0).fit(x)
    h = m.transform(x)
    print(f"{name}: largest weight {np.abs(m.components_).max():.1f}, features from {h.min():.3f} to {h.max():.3f}")
    if (h.min() > 0.999) != (name == "0..255"):
        sys.exit("CHANGED")
PY
/usr/bin/python3 try.py
