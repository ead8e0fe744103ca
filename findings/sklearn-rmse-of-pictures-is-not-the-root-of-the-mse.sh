#!/usr/bin/env bash
# scikit-learn 1.2.1: mean_squared_error of the same pictures is 5, and 2 with squared=False, whose square is 4.
#
# squared=False is expected to be the root of squared=True. For several columns the root of each column's mean square is taken and then the
# mean of the roots, which is at most the root of the mean, and less the more pixels differ in how hard they are: reconstructions that fail
# in a few pixels look better, two models can change places, and the number is not that of a paper or of PyTorch. Nothing is said. What to
# do: numpy.sqrt(mean_squared_error(y, p)).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-sklearn=1.2.1+dfsg-1 python3-sklearn-lib python3-numpy 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-sklearn|python3-sklearn-lib|python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-sklearn=1.2.1+dfsg-1 python3-sklearn-lib python3-numpy $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-sklearn_*.deb Version | sed 's/^/python3-sklearn /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import numpy as np
from sklearn.metrics import mean_squared_error
y = np.zeros((2, 2))
even, uneven = np.full((2, 2), 2.1), np.array([[3.0, 1.0], [3.0, 1.0]])
found = {n: (mean_squared_error(y, p), mean_squared_error(y, p, squared=False)) for n, p in (("even", even), ("uneven", uneven))}
for n, (mse, rmse) in found.items():
    print(n, "errors: mse", round(mse, 6), "its root", round(float(np.sqrt(mse)), 6), "with squared=False", round(rmse, 6))
assert np.allclose(found["uneven"], (5, 2)) and found["even"][0] < found["uneven"][0] and found["even"][1] > found["uneven"][1]
PY
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
