#!/usr/bin/env bash
# SciPy 1.10.1 and scikit-learn 1.2.1: gaussian_kde(x, 1) of numbers with the deviation 9.9 smooths with a width of 9.9, KernelDensity(bandwidth=1) with 1; three groups of deviation 1 are one hill in the first and three in the second.
#
# bw_method given as a number is expected to be the bandwidth, as in scikit-learn, R's density and statsmodels. It is a factor by which the deviation of all the data is multiplied: of a sample in several groups, as those of a machine with several states are, that is as wide as the groups lie apart, and
# densities, log likelihoods and numbers of modes are those of something smoother. For columns of deviation 1, as in a first try or after scaling, both are the same. Nothing is said. What to do: gaussian_kde(x, width / x.std(ddof=1)).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-sklearn=1.2.1+dfsg-1 python3-sklearn-lib python3-scipy python3-numpy 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-sklearn|python3-sklearn-lib|python3-scipy|python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-sklearn=1.2.1+dfsg-1 python3-sklearn-lib python3-scipy python3-numpy $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-sklearn_*.deb Version | sed 's/^/python3-sklearn /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import numpy as np
import scipy
from scipy.stats import gaussian_kde
from sklearn import __version__
from sklearn.neighbors import KernelDensity
print("scipy", scipy.__version__, "scikit-learn", __version__)
rng = np.random.default_rng(0)
x = np.concatenate([rng.normal(place, 1, 300) for place in (-12, 0, 12)])
grid = np.linspace(-18, 18, 361)
def hills(y):
    return int(((y[1:-1] > y[:-2]) & (y[1:-1] > y[2:]) & (y[1:-1] > y.max() / 4)).sum())
def exact(width):
    return np.exp(KernelDensity(bandwidth=width).fit(x[:, None]).score_samples(grid[:, None]))
factor = gaussian_kde(x, 1)
width = float(np.sqrt(factor.covariance[0, 0]))
same = gaussian_kde(x, 1 / x.std(ddof=1))(grid)
print("deviation", x.std(ddof=1).round(2), "; width of gaussian_kde(x, 1):", round(width, 2), "; hills:", hills(factor(grid)), "; of KernelDensity(bandwidth=1):", hills(exact(1)), "; largest difference of gaussian_kde(x, 1 / deviation) to the latter:", float(np.abs(same - exact(1)).max()))
assert abs(width - x.std(ddof=1)) < 1e-9 and hills(factor(grid)) == 1 and hills(exact(1)) == 3 and np.allclose(same, exact(1), atol=1e-6)
PY
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
