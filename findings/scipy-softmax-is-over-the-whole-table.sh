#!/usr/bin/env bash
# scipy 1.10.1: softmax of a table [rows, classes] sums to 1 over the whole table, and entropy goes down the columns, which it first makes sum to 1.
#
# Probabilities have their classes in the last axis. softmax and log_softmax of scipy.special take all cells for one
# distribution unless told otherwise; argmax is still right, so accuracy does not show it. scipy.stats.entropy (also as
# the divergence of two tables) takes axis 0: one number a class instead of one a row, and what did not sum to 1 that way
# is divided until it does. Neither is said. What to do: axis=-1 in each call.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-scipy=1.10.1-2 liblbfgsb0 python3-decorator python3-numpy libblas3 liblapack3 libopenblas0-pthread libgfortran5 \
    libquadmath0 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-scipy_*.deb Version | sed 's/^/python3-scipy /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import sys
import warnings
import numpy as np
from scipy.special import log_softmax, softmax
from scipy.stats import entropy
warnings.simplefilter("error")
energies = np.array([[1.0, 2.0, 3.0], [3.0, 1.0, 0.0]])
p = softmax(energies)
rows = softmax(energies, axis=-1)
print("rows of softmax sum to", p.sum(axis=1).round(3), "with axis=-1 to", rows.sum(axis=1))
print("rows of exp(log_softmax) sum to", np.exp(log_softmax(energies)).sum(axis=1).round(3))
two = np.array([[0.5, 0.5], [0.9, 0.1]])
print("entropy of [0.5 0.5] and [0.9 0.1] together", entropy(two).round(3), "with axis=-1", entropy(two, axis=-1).round(3), "one by one", [round(entropy(q), 3) for q in two])
ok = abs(p.sum() - 1) < 1e-12 and np.allclose(rows.sum(axis=1), 1) and np.allclose(np.exp(log_softmax(energies)), p)
ok = ok and np.allclose(entropy(two), [0.6518, 0.4506], atol=1e-3) and np.allclose(entropy(two, axis=-1), [0.6931, 0.3251], atol=1e-3)
sys.exit(0 if ok else "CHANGED")
PY
/usr/bin/python3 try.py
