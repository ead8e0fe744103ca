#!/usr/bin/env bash
# scikit-learn 1.2.1: sample(n) of a mixture gives the rows of the first component, then those of the second, and with a random_state the same rows at every call.
#
# Samples of a distribution are expected in any order, so that the first half is a sample as well. Rows come component by component: the first
# 500 of 1000 hold no row of the last ones, and a split into training and test rows without shuffling splits components. A mixture made with
# random_state=0 answers every sample(5) alike. What to do: shuffle; a RandomState object instead of the number.
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
from sklearn.mixture import GaussianMixture
rng = np.random.RandomState(0)
x = np.concatenate([rng.randn(100, 1) - 5, rng.randn(100, 1) + 5])
mixture = GaussianMixture(2, random_state=0).fit(x)
rows, component = mixture.sample(1000)
means = rows[:500].mean(), rows[500:].mean()
again = np.array_equal(mixture.sample(5)[0], mixture.sample(5)[0])
print("component numbers are", "sorted" if (np.diff(component) >= 0).all() else "mixed", "; means of the halves", *np.round(means, 2), "; second call", "the same" if again else "another")
assert (np.diff(component) >= 0).all() and abs(means[0] - means[1]) > 9 and again
PY
/usr/bin/python3 try.py || { echo "CHANGED"; exit 1; }
