#!/usr/bin/env bash
# SciPy 1.10.1, numpy 1.24.2 and Python 3.11: scipy.stats.expon(2) has the mean 3, numpy's exponential(2) the mean 2, random.expovariate(2) one half; scipy's uniform(2, 5) ends at 7 and gamma(2, 3) is never below 3.
#
# The number behind the name is expected to be the rate or the mean. In scipy what follows the shapes is always a shift, loc, and then a scale: expon(2) is the usual exponential moved up by 2, gamma(2, 3) one that begins at 3, uniform(2, 5) is 5 wide. fit(x) of the same
# fits the shift as well, so that rates of fitted waiting times, of which the least is taken away, come out too large. Priors, waiting times and noise carried from one library to another are others, all of a possible size. Nothing is said. What to do: write scale=,
# and fit(x, floc=0).
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
import random
import numpy as np
import scipy
import scipy.stats as st
print("scipy", scipy.__version__, "numpy", np.__version__)
rng, other = np.random.default_rng(0), random.Random(0)
means = [st.expon(2).mean(), rng.exponential(2, 100000).mean(), sum(other.expovariate(2) for _ in range(100000)) / 100000]
ends = [*st.uniform(2, 5).support(), *st.uniform(2, 5).interval(1), st.gamma(2, 3).support()[0], st.gamma(2, scale=3).support()[0]]
few = 5 + np.random.default_rng(1).exponential(2, 1000)
fit, held = st.expon.fit(few), st.expon.fit(few, floc=0)
print("means of expon(2), exponential(2), expovariate(2):", np.round(means, 2), "; uniform(2, 5) from", ends[0], "to", ends[1], "; gamma(2, 3) begins at", ends[4], ", gamma(2, scale=3) at", ends[5])
print("waiting times of mean", few.mean().round(2), ": fitted shift and scale", np.round(fit, 2), ", with floc=0", np.round(held, 2))
assert means[0] == 3 and abs(means[1] - 2) < 0.05 and abs(means[2] - 0.5) < 0.01 and ends[1] == 7 and ends[4] == 3 and ends[5] == 0 and fit[0] > 4.9 and abs(held[1] - few.mean()) < 1e-9
PY
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
