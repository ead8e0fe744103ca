#!/usr/bin/env bash
# lmfit 1.1.0: a parameter that starts at its bound, value=0, min=0, stays there, and the fit "succeeded".
#
# Zero is the natural start of a weight that must not be negative, and a fit is expected to leave it. Bounds are kept by a change of variable
# whose slope is zero at a bound, so that the solver sees no effect: for y = 3x + 1 it answers w = 0, c = 2.5. With min and max both given it
# gets away. What to do: start inside, value=0.1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-lmfit=1.1.0-1 python3-asteval python3-uncertainties python3-future python3-scipy=1.10.1-2 liblbfgsb0 \
    python3-decorator python3-numpy libblas3 liblapack3 libopenblas0-pthread libgfortran5 libquadmath0 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-lmfit_*.deb Version | sed 's/^/python3-lmfit /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import lmfit
import numpy as np
x = np.linspace(0, 1, 20)
def fit(**w):
    parameters = lmfit.Parameters()
    parameters.add("w", **w)
    parameters.add("c", value=1.0)
    found = lmfit.minimize(lambda p: p["w"] * x + p["c"] - (3 * x + 1), parameters)
    print(w, "w", round(found.params["w"].value, 4), "c", round(found.params["c"].value, 4), "success", found.success)
    return found
at, inside = fit(value=0, min=0), fit(value=0.1, min=0)
assert at.success and at.params["w"].value == 0 and abs(at.params["c"].value - 2.5) < 1e-6 and abs(inside.params["w"].value - 3) < 1e-3
PY
/usr/bin/python3 try.py || { echo "CHANGED"; exit 1; }
