#!/usr/bin/env bash
# numba 0.56.4: with @njit before it, a.sum() of twenty million float32 ones is 16777216, a.mean() 0.84 and a.std() 0.16; without, 20000000, 1 and 0. numpy.random.seed outside does not reach it.
#
# A decorator that makes a function fast is expected to leave its results. numpy adds in pairs, which numba's own sum does not: it adds one number after another in the array's type, so that float32 stops growing at 2^24 and
# losses and rates of a large batch are too small; the deviation of a constant is 0.16. numpy.random inside is another generator, seeded by the system: numpy.random.seed(1) before the call changes nothing, and
# runs cannot be repeated. Small tests agree in both. What to do: a.sum(dtype=numpy.float64), or astype before; numpy.random.seed in a jitted function.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-numba=0.56.4+dfsg-2 python3-numpy 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-numba|python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-numba=0.56.4+dfsg-2 python3-numpy $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-numba_*.deb Version | sed 's/^/python3-numba /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib:$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu:$PWD/root/usr/lib/x86_64-linux-gnu/blas:$PWD/root/usr/lib/x86_64-linux-gnu/lapack
cat >try.py <<'PY'
import sys
import numba
import numpy as np

def statistics(a):
    return float(a.sum()), float(a.mean()), float(a.std())

def draw():
    return np.random.random()

@numba.njit
def seed(n):
    np.random.seed(n)

def twice(seed, draw):
    seed(1)
    first = draw()
    seed(1)
    return first == draw()

ones = np.ones(20_000_000, np.float32)
fast, plain, wide = numba.njit(statistics)(ones), statistics(ones), numba.njit(statistics)(ones.astype(np.float64))
jitted = numba.njit(draw)
repeated = twice(np.random.seed, draw), twice(np.random.seed, jitted), twice(seed, jitted)
print("sum, mean, deviation with njit:", fast, "without:", plain, "with njit and float64:", wide)
print("a draw repeats itself after the same seed: plain %s, njit %s, njit with the seed set in njit %s" % repeated)
sys.exit(0 if fast[0] == 16777216 and fast[1] < 0.84 and fast[2] > 0.1 and plain == wide == (2e7, 1, 0) and repeated == (True, False, True) else "CHANGED")
PY
/usr/bin/python3 try.py
