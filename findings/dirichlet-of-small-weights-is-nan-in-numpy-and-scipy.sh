#!/usr/bin/env bash
# numpy 1.24.2 and SciPy 1.10.1: of 1000 draws from a Dirichlet distribution with three weights of 1e-4, 798 rows are NaN by RandomState and numpy.random.dirichlet, and as many by scipy.stats.dirichlet.rvs; by default_rng none.
#
# A draw is expected to be shares that sum to 1, whatever the weights above 0. The older generator, which scipy asks as well, draws a gamma number for each weight and divides by their sum; below 1e-3 or so all of them are too small for a
# double, and 0 / 0 is what is left. At 0.003 it is about one row in 600, so that a long chain of a topic model or of mixture weights turns to NaN somewhere, and a test with 1 or 0.1 never does. Nothing is said; the new
# generator draws one share after the other where weights are small. What to do: numpy.random.default_rng(seed).dirichlet.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-scipy=1.10.1-2 python3-numpy 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-scipy|python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-scipy=1.10.1-2 python3-numpy $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-scipy_*.deb Version | sed 's/^/python3-scipy /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import numpy as np
import scipy
import scipy.stats
print("numpy", np.__version__, "scipy", scipy.__version__)
weights = [1e-4] * 3
rows = {
    "RandomState": np.random.RandomState(0).dirichlet(weights, 1000),
    "scipy.stats": scipy.stats.dirichlet(weights).rvs(1000, random_state=0),
    "default_rng": np.random.default_rng(0).dirichlet(weights, 1000),
    "RandomState with 0.003": np.random.RandomState(0).dirichlet([0.003] * 3, 30000),
    "RandomState with 0.1": np.random.RandomState(0).dirichlet([0.1] * 3, 1000),
}
lost = {name: int(np.isnan(x).any(axis=1).sum()) for name, x in rows.items()}
print("rows of 1000 (of 30000 with 0.003) that are NaN:", lost)
assert list(lost.values())[:3] == [798, 798, 0] and 20 < lost["RandomState with 0.003"] < 120 and lost["RandomState with 0.1"] == 0 and np.allclose(rows["default_rng"].sum(axis=1), 1)
PY
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
