#!/usr/bin/env bash
# Python 3.11 and numpy 1.24.2: after random.seed(1) and numpy.random.seed(1), forked workers draw one and the same number from numpy, and another one each time from random.
#
# One seed for both is expected to give both the same fate in a pool. The forked process is a copy, so numpy's chains in
# four workers are one chain, four times; Python's own generator is seeded anew from the system in each child, so its
# draws can never be repeated. A test of "do the workers differ?" by random passes, one of "can it be repeated?" by numpy,
# too. What to do: pass each task a seed, and make numpy.random.default_rng([seed, task]) in it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-numpy=1:1.24.2-1+deb12u1 libblas3 liblapack3 libopenblas0-pthread libgfortran5 libquadmath0 libgomp1 \
    2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-numpy_*.deb Version | sed 's/^/python3-numpy /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import multiprocessing
import random
import sys
import numpy as np

def draw(task):
    return random.random(), np.random.rand(), np.random.default_rng([1, task]).random()

def run():
    random.seed(1)
    np.random.seed(1)
    context = multiprocessing.get_context("fork")
    return [context.Pool(1).apply(draw, (task,)) for task in range(3)]

print("python", sys.version.split()[0])
first, second = np.array(run()), np.array(run())
for name, a, b in zip(("random", "numpy.random", "default_rng([1, task])"), first.T, second.T):
    print(f"{name:23} three workers {a.round(4)}, again {b.round(4)}")
ok = len(set(first[:, 1])) == 1 and (first[:, 1] == second[:, 1]).all() and len({*first[:, 0], *second[:, 0]}) == 6
sys.exit(0 if ok and len(set(first[:, 2])) == 3 and (first[:, 2] == second[:, 2]).all() else "CHANGED")
PY
/usr/bin/python3 try.py
