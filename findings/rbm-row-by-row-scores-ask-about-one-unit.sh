#!/usr/bin/env bash
# scikit-learn 1.2.1: score_samples of BernoulliRBM with random_state=0 scores rows by other units when they come together than when they come one by one.
#
# The pseudo likelihood turns over one visible unit a row, drawn anew at each call, and a number as random_state starts
# the same draws: each call of one row asks about the same unit, in all rows, and its score is that unit's times their
# number. The mean over a data set is then that of one column - below, from -9.9 to -13.9 by the seed, where all rows
# together have -10 - and a row's score depends on its place in the batch. Without random_state it changes with every
# call. What to do: one call for many rows, and its mean over several calls.
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
import numpy as np
from sklearn.neural_network import BernoulliRBM
random = np.random.RandomState(0)
x = (random.rand(400, 20) < np.linspace(0.02, 0.98, 20)).astype(float)
single, together = [], []
for seed in range(8):
    rbm = BernoulliRBM(5, n_iter=5, random_state=0).fit(x).set_params(random_state=seed)
    together.append(rbm.score_samples(x).mean())
    single.append(np.mean([rbm.score_samples(row[None]) for row in x]))
row = rbm.score_samples(x)[3], rbm.score_samples(x[2:])[1], float(rbm.score_samples(x[3:4]))
print("mean score of 400 rows in one call, seeds 0 to 7:", np.round(together, 1))
print("mean of 400 calls of one row, seeds 0 to 7:      ", np.round(single, 1))
print("the fourth row, seed 7, in three calls:", np.round(row, 3))
sys.exit(0 if np.ptp(single) > 2 * np.ptp(together) and np.ptp(single) > 3 and len(set(row)) > 1 else "CHANGED")
PY
/usr/bin/python3 try.py
