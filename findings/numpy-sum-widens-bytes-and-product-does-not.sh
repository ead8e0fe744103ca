#!/usr/bin/env bash
# numpy 1.24.2 and scipy 1.10.1: how often two bits are on together, as x.T @ x of bytes, is right modulo 256; of bool it is True.
#
# x.sum(axis=0) of the same array is right, since sums of small whole numbers are taken in 64 bits, and from it one
# concludes that counts are. Products (@, dot, einsum, also of scipy's sparse matrices) keep the type: 300 rows with both
# bits on are 44, and correlations and second moments made of them are wrong without a warning as soon as there are more
# than 255 rows. The covariance x.T @ x / n - mean * mean is then negative. What to do: x.astype(float) first.
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
import warnings
import numpy as np
import scipy.sparse
warnings.simplefilter("error")
x = np.zeros((1000, 2), np.uint8)
x[:600, 0] = x[:700, 1] = 1
sums = x.sum(axis=0).tolist()
both = {
    "x.T @ x": x.T @ x,
    "einsum": np.einsum("ni,nj->ij", x, x),
    "sparse": (scipy.sparse.csr_matrix(x).T @ scipy.sparse.csr_matrix(x)).toarray(),
    "bool": x.astype(bool).T @ x.astype(bool),
    "float": x.astype(float).T @ x.astype(float),
}
print("sums:", sums)
for name, product in both.items():
    print(f"{name:8}", product.tolist(), product.dtype)
means = x.mean(axis=0)
print("covariance from bytes", round((both["x.T @ x"] / 1000 - np.outer(means, means))[0, 1], 3), "from floats", round((both["float"] / 1000 - np.outer(means, means))[0, 1], 3))
bytes_ok = all(both[name].tolist() == [[88, 88], [88, 188]] for name in ("x.T @ x", "einsum", "sparse"))
sys.exit(0 if sums == [600, 700] and bytes_ok and both["bool"].all() and both["float"].tolist() == [[600, 600], [600, 700]] else "CHANGED")
PY
/usr/bin/python3 try.py
