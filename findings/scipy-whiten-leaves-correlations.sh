#!/usr/bin/env bash
# scipy 1.10.1: cluster.vq.whiten neither centres nor decorrelates; it divides each column by its deviation.
#
# Whitened data are expected to have mean 0 and the identity for a covariance, as from PCA(whiten=True) and ZCA. Of two columns that correlate
# with 0.95 whiten makes two columns that correlate with 0.95, around the old means divided by the deviations; filters and distances
# computed from it are those of correlated data. What to do: sklearn.decomposition.PCA(whiten=True), or the covariance's inverse root.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-scipy=1.10.1-2 python3-decorator libstdc++6 \
    python3-numpy=1:1.24.2-1+deb12u1 libblas3 liblapack3 libopenblas0-pthread libgfortran5 libquadmath0 \
    libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
dpkg-deb -f python3-scipy_*.deb Version | sed 's/^/python3-scipy /'
cat >try.py <<'PY'
import numpy as np
from scipy.cluster.vq import whiten
x = np.random.default_rng(0).normal(size=(1000, 2)) @ np.array([[1, 0.9], [0, 0.3]]) + 5
w = whiten(x)
print("means", w.mean(0).round(2), " deviations", w.std(0).round(2), " correlation", np.corrcoef(w.T)[0, 1].round(3))
assert np.allclose(w, x / x.std(0)) and np.corrcoef(w.T)[0, 1] > 0.9 and w.mean(0).min() > 4
PY
/usr/bin/python3 try.py || { echo "CHANGED"; exit 1; }
