#!/usr/bin/env bash
# POT 0.8.2: two samples of which one is the other moved by 10 are at a distance of 100 by emd2_1d and wasserstein_1d(p=2), of 10 by sliced_wasserstein_distance and wasserstein_1d's default.
#
# A Wasserstein distance has the unit of the data. ot.dist, whose costs emd2 and sinkhorn2 take, is the square by default, as emd2_1d is,
# and wasserstein_1d answers the p-th power without the root; the sliced distance, of the same samples and with p = 2, has it. Model and
# data compared by one and a bound taken from the other are apart by the square, and small distances (0.1) look ten times smaller than they
# are. What to do: numpy.sqrt, or metric="euclidean".
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-pot=0.8.2+dfsg-1+b3 python3-numpy 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-pot|python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-pot=0.8.2+dfsg-1+b3 python3-numpy $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-pot_*.deb Version | sed 's/^/python3-pot /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import numpy as np
import ot
print("ot", ot.__version__)
a = np.array([0.0, 1, 2])
b = a + 10
found = {"emd2_1d": ot.emd2_1d(a, b), "emd2 of dist": ot.emd2([], [], ot.dist(a[:, None], b[:, None])), "wasserstein_1d": ot.wasserstein_1d(a, b),
         "wasserstein_1d, p=2": ot.wasserstein_1d(a, b, p=2), "sliced, p=2": ot.sliced_wasserstein_distance(a[:, None], b[:, None], p=2, seed=0)}
print(", ".join(f"{k}: {float(v):.6g}" for k, v in found.items()))
assert np.allclose(list(found.values()), [100, 100, 10, 100, 10])
PY
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
