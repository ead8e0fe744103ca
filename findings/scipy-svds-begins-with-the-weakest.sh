#!/usr/bin/env bash
# scipy 1.10.1: svds(A, 3) gives the three largest singular values from small to large, svd of the same module from large to small; U[:, 0] is the weakest direction.
#
# The first of the vectors is expected to be the strongest, as in numpy, scipy.linalg, scikit-learn's TruncatedSVD and R. With the default
# solver the order is that of eigsh: a plot of the first against the second component shows the third and second, and initial weights by U[:,
# :2] lack the best. For two of two columns it looks like a flip of signs. What to do: [::-1].
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-scipy=1.10.1-2 liblbfgsb0 python3-decorator python3-numpy libblas3 liblapack3 libopenblas0-pthread libgfortran5 \
    libquadmath0 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-scipy_*.deb Version | sed 's/^/python3-scipy /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import numpy as np
from scipy.linalg import svd
from scipy.sparse import diags
from scipy.sparse.linalg import svds
a = diags([0.5, 3.0, 1.0, 2.0, 0.25]).tocsc()
u, s, _ = svds(a, 3)
full = svd(a.toarray())
print("svds", *s.round(6), "first vector along axis", np.abs(u[:, 0]).argmax(), "\nsvd ", *full[1][:3], "first vector along axis", np.abs(full[0][:, 0]).argmax())
assert np.allclose(s, [1, 2, 3]) and np.abs(u[:, 0]).argmax() == 2 and np.abs(full[0][:, 0]).argmax() == 1
PY
/usr/bin/python3 try.py || { echo "CHANGED"; exit 1; }
