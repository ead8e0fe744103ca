#!/usr/bin/env bash
# scikit-learn 1.2.1: quantile_transform to a normal distribution puts the least and the largest of 100 rows at -5.2 and 5.2, their neighbours at -2.3 and 2.3.
#
# The largest of 100 normal values is about 2.5, and scores by rank have it there ((r - 1/2) / n, or r / (n + 1)). Here the ends are the
# quantiles 0 and 1, which are infinite and so cut off at 1e-7: in every table, however tame, two rows in each column are five deviations
# out and have more than a third of the sum of squares. A detector of outliers finds them, a squared loss and a correlation hang on them,
# and each later row beyond the range joins them. Nothing is said. What to do: scipy.stats.norm.ppf((rankdata(x) - 0.5) / n).
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
from sklearn.preprocessing import QuantileTransformer
x = np.random.RandomState(0).rand(100, 1)
t = QuantileTransformer(n_quantiles=100, output_distribution="normal").fit(x)
z = np.sort(t.transform(x)[:, 0])
print("least two", z[:2], "largest two", z[-2:], "; deviation", z.std(), "; share of the sum of squares in two of 100 rows", (z[0] ** 2 + z[-1] ** 2) / (z**2).sum())
assert np.allclose(np.abs(z[[0, -1]]), 5.1993, atol=1e-3) and np.abs(z[1:-1]).max() < 2.4
PY
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
