#!/usr/bin/env bash
# scikit-learn 1.2.1: BernoulliRBM learns another distribution if a batch does not have exactly batch_size rows.
#
# The positive statistics are summed over the rows given, the negative ones over the batch_size persistent chains, and both are divided by
# the number of rows. partial_fit(X) of 200 rows beside the default batch_size of 10 gives the data twenty times the weight of the model:
# visible biases of bits that are on in 30 % of the rows grow past +2 instead of settling at log(.3/.7) = -0.85, and there is no warning. fit()
# meets the same with its last batch if batch_size does not divide the rows, in the other direction. What to do: batch_size = rows of each
# call of partial_fit; for fit a batch_size that divides the number of rows.
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
import numpy as np
from sklearn.neural_network import BernoulliRBM
x = (np.random.default_rng(0).random((200, 20)) < 0.3).astype(float)

def visible_rate(batch_size, partial):
    m = BernoulliRBM(n_components=4, batch_size=batch_size, learning_rate=0.05, n_iter=200, random_state=0)
    if partial:
        for _ in range(200):
            m.partial_fit(x)
    else:
        m.fit(x)
    v = x.copy()
    for _ in range(500):
        v = m.gibbs(v)
    return v.mean()

rates = {name: visible_rate(b, p) for name, b, p in (
    ("partial_fit, batch_size 200", 200, True), ("partial_fit, batch_size 10", 10, True),
    ("fit, batch_size 100", 100, False), ("fit, batch_size 150", 150, False))}
print("rate of the data", x.mean())
for name, rate in rates.items():
    print(f"rate of samples, {name}: {rate:.3f}")
ok = abs(rates["partial_fit, batch_size 200"] - .3) < .06 and rates["partial_fit, batch_size 10"] > .8 and \
    abs(rates["fit, batch_size 100"] - .3) < .06 and rates["fit, batch_size 150"] < .24
sys.exit(0 if ok else "CHANGED")
PY
/usr/bin/python3 try.py
