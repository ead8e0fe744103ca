#!/usr/bin/env bash
# emcee 3.1.4: two samplers made one after the other from the same starting points walk the same way, to the last bit.
#
# A second run is expected to be another one, as the first has drawn thousands of numbers. A sampler takes a copy of
# numpy's global state when it is made and draws from the copy; the global state does not move, so all samplers of a
# program that draws nothing in between have the same numbers. Two runs that agree are taken for converged, and pooling
# them adds nothing. What to do: numpy.random.seed(other) before each EnsembleSampler.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-emcee=3.1.4-1 python3-numpy libblas3 liblapack3 libopenblas0-pthread libgfortran5 libquadmath0 libgomp1 \
    2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-emcee_*.deb Version | sed 's/^/python3-emcee /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import sys
import emcee
import numpy as np
np.random.seed(1)
start = np.random.randn(8, 2)
log_probability = lambda x: -0.5 * (x**2).sum()

def run(seed=None):
    if seed is not None:
        np.random.seed(seed)
    sampler = emcee.EnsembleSampler(8, 2, log_probability)
    sampler.run_mcmc(start, 200)
    return sampler.get_chain()

a, b, c, d = run(), run(), run(2), run(3)
print("emcee", emcee.__version__, "means of two runs", a.mean().round(6), b.mean().round(6), "with seeds of their own", c.mean().round(6), d.mean().round(6))
sys.exit(0 if np.array_equal(a, b) and not np.array_equal(c, d) and not np.array_equal(a, c) else "CHANGED")
PY
/usr/bin/python3 try.py
