#!/usr/bin/env bash
# scipy 1.10.1: scipy.io.mmwrite looks at the values and, where a square matrix happens to be symmetric, writes half of it.
#
# Two matrices written by the same call come out in different layouts: a table of correlations or a coupling matrix has "symmetric" in its
# header and only the lower triangle, a matrix that differs in one cell has "general" and all of it; skew-symmetric ones lose
# their diagonal too. A reader that takes the entries as they stand has half of the couplings, and the number of entries in the third line is
# that of the file, not of the matrix. What to do: honour the header's last word, or write with symmetry="general".
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-numpy python3-scipy=1.10.1-2 liblbfgsb0 libopenblas0-pthread libgfortran5 libquadmath0 libgomp1 python3-decorator 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-scipy_*.deb Version | sed 's/^/python3-scipy /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import sys
import numpy as np, scipy.io, scipy.sparse
cases = {"symmetric": [[0, 1, 2], [1, 0, 3], [2, 3, 0]], "general": [[0, 1, 2], [1, 0, 3], [2, 4, 0]],
         "skew-symmetric": [[0, 1, 2], [-1, 0, 3], [-2, -3, 0]]}
for want, cells in cases.items():
    scipy.io.mmwrite("m.mtx", scipy.sparse.coo_matrix(np.array(cells, float)))
    lines = [l.strip() for l in open("m.mtx") if not l.startswith("%\n")]
    print(lines[0], "|", lines[1], "| entries:", "; ".join(lines[2:]))
    entries = len(lines) - 2
    if lines[0].split()[-1] != want or entries != (6 if want == "general" else 3):
        sys.exit("CHANGED: mmwrite's layout of a " + want + " matrix")
PY
/usr/bin/python3 try.py
