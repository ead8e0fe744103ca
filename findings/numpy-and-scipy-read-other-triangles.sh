#!/usr/bin/env bash
# numpy 1.24.2 and scipy 1.10.1: eigvalsh of couplings that are listed once, in the upper triangle, is 0 throughout; and the two cholesky read opposite triangles.
#
# A matrix that is not symmetric is expected to be refused by functions for symmetric ones. They read half of it and do
# not look at the rest: eigh, eigvalsh and numpy.linalg.cholesky the lower half, scipy.linalg.cholesky the upper. J as
# QUBO files hold it, each pair i < j once, is to the first ones a matrix without couplings - a spectral radius of 0, from
# which temperatures and step sizes are chosen. And a matrix whose halves differ a little (float32 sums in another order)
# has two factors. What to do: J + J.T, or UPLO="U"; for cholesky lower=True throughout.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-numpy=1:1.24.2-1+deb12u1 python3-scipy=1.10.1-2 liblbfgsb0 python3-decorator libblas3 liblapack3 \
    libopenblas0-pthread libgfortran5 libquadmath0 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in python3-numpy python3-scipy; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import sys
import numpy as np
import scipy.linalg
upper = np.array([[0.0, 1, -2], [0, 0, 3], [0, 0, 0]])
found = np.linalg.eigvalsh(upper), scipy.linalg.eigvalsh(upper), np.linalg.eigvalsh(upper, UPLO="U"), np.linalg.eigvalsh(upper + upper.T)
for name, values in zip(("numpy", "scipy", 'numpy, UPLO="U"', "numpy of J + J.T"), found):
    print(f"eigenvalues of three couplings, {name:17}", values.round(3))
halves = np.array([[4.0, 2], [0, 9]])
a, b, c = np.linalg.cholesky(halves), scipy.linalg.cholesky(halves), scipy.linalg.cholesky(halves, lower=True)
print("numpy's factor times its transpose", (a @ a.T).tolist(), "scipy's", (b.T @ b).tolist(), "scipy's with lower=True", (c @ c.T).tolist())
ok = not found[0].any() and not found[1].any() and np.allclose(found[2], found[3]) and abs(found[3]).max() > 3
ok = ok and np.allclose(a @ a.T, [[4, 0], [0, 9]]) and np.allclose(b.T @ b, [[4, 2], [2, 9]]) and np.allclose(a, c)
sys.exit(0 if ok else "CHANGED")
PY
/usr/bin/python3 try.py
