#!/usr/bin/env bash
# scikit-learn 1.2.1: sample_y of a Gaussian process draws the same functions at every call, whatever numpy's seed.
#
# Random functions that are scikit-learn's come from random_state=None, numpy's generator, unless a seed is given. sample_y has
# random_state=0 as its default: a search that draws one function a step (Thompson sampling) uses the same noise at each step, ten calls for
# ten draws give one function ten times, and bands made of them have no width. Only several at once, n_samples=10, differ. What to do:
# random_state=None.
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
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.mixture import GaussianMixture
g = GaussianProcessRegressor().fit([[0.0], [1.0]], [0.0, 1.0])
t = [[0.5], [3.0], [9.0]]
def draw(seed, **more):
    np.random.seed(seed)
    return g.sample_y(t, **more).ravel()
a, b, c, d = draw(1), draw(2), draw(1, random_state=None), draw(2, random_state=None)
print("drawn with numpy.random.seed(1) and (2):", a.round(4), b.round(4), "; with random_state=None:", c.round(4), d.round(4))
assert np.array_equal(a, b) and not np.array_equal(c, d)
PY
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
