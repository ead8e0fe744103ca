#!/usr/bin/env bash
# SciPy 1.10.1: minimize of a loss that is computed in float32, (x - 3)^2 summed over two numbers, ends at 0, 0, where it began, with success True; so do BFGS, L-BFGS-B, CG, SLSQP and TNC; in float64 all find 3, 3.
#
# A loss without a gradient is expected to be minimised as well as its precision allows, here to three digits. Slopes are taken between two places 1.5e-8 apart, a step made for doubles; float32 has the same loss at both, so that each slope is 0, and
# 0 is what a minimum looks like: "Optimization terminated successfully". What comes out of PyTorch, TensorFlow.js, ONNX or a GPU is float32. Nothing else tells, the loss is merely that of the start. Nelder-Mead and Powell find it. What to do:
# options={"eps": 1e-3}, float64 within the loss, or jac=.
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
import sys
import numpy as np
import scipy
from scipy.optimize import minimize
print("scipy", scipy.__version__)
def single(x):
    return np.float32(((x.astype(np.float32) - np.float32(3)) ** 2).sum())
def double(x):
    return ((x - 3) ** 2).sum()
methods = ("BFGS", "L-BFGS-B", "CG", "SLSQP", "TNC")
stuck = 0
for method in methods:
    one, other, wide = (minimize(f, np.zeros(2), method=method, options=o) for f, o in ((single, {}), (double, {}), (single, {"eps": 1e-3})))
    print(f"{method}: float32 {one.x.round(3)}, success {one.success}; float64 {other.x.round(3)}; float32 with eps 1e-3 {wide.x.round(2)}")
    stuck += one.success and not one.x.any() and np.allclose(other.x, 3, atol=1e-3) and np.allclose(wide.x, 3, atol=0.01)
simple = minimize(single, np.zeros(2), method="Nelder-Mead").x
print("Nelder-Mead, float32:", simple.round(3))
sys.exit(not (stuck == len(methods) and np.allclose(simple, 3, atol=0.01)))
PY
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
