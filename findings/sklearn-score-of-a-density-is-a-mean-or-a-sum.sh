#!/usr/bin/env bash
# scikit-learn 1.2.1: score of a density is the mean log likelihood of a row for mixtures, PCA and factor analysis, and the sum over all rows for KernelDensity.
#
# One library with one interface is expected to mean one thing by score, the more so as GridSearchCV compares by it.
# Beside a mixture with -2.8 a kernel density of as good a fit has -1700; and since the sum grows with the rows, folds of
# 300 and 299 rows count unlike, and scores of a training and a test part cannot be compared. score_samples of all is per
# row. What to do: score_samples(x).mean().
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
from sklearn.covariance import EmpiricalCovariance
from sklearn.decomposition import PCA, FactorAnalysis
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KernelDensity
warnings.simplefilter("error")
x = np.random.RandomState(0).randn(600, 2)
ok = True
for model in GaussianMixture(), PCA(1), FactorAnalysis(1), EmpiricalCovariance(), KernelDensity(bandwidth=0.4):
    model.fit(x[:300])
    whole, half = model.score(x), model.score(x[:300])
    print(f"{type(model).__name__:20} score of 600 rows {whole:9.2f}, of the first 300 {half:9.2f}", end="")
    if hasattr(model, "score_samples"):
        mean = model.score_samples(x).mean()
        print(f", mean of score_samples {mean:6.2f}", end="")
        ok = ok and np.isclose(whole, mean * (600 if isinstance(model, KernelDensity) else 1)) and -3.2 < mean < -2.5
    print()
sys.exit(0 if ok else "CHANGED")
PY
/usr/bin/python3 try.py
