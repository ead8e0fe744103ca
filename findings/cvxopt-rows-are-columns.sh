#!/usr/bin/env bash
# cvxopt 1.3.0: matrix([[1, 2], [3, 4]]) has the columns 1, 2 and 3, 4; matrix(numpy.array([[1, 2], [3, 4]])) has them as rows.
#
# A list of lists is a list of rows in Python, and an array and its list are expected to make one matrix. cvxopt takes
# each list for a column, as it stores them: a square matrix of constraints or transitions that went through x.tolist(),
# or came out of JSON, is transposed, and the programme has another solution. A matrix that is not square fails for its
# shape at least. What to do: matrix(numpy.array(x)), or .T behind lists.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-cvxopt=1.3.0+dfsg-1+b1 libamd2 libcholmod3 libcolamd2 libccolamd2 libcamd2 libmetis5 libsuitesparseconfig5 \
    libumfpack5 libglpk40 libltdl7 libfftw3-double3 libgsl27 libgslcblas0 libdsdp-5.8gf libgmp10 python3-numpy libblas3 liblapack3 \
    libopenblas0-pthread libgfortran5 libquadmath0 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-cvxopt_*.deb Version | sed 's/^/python3-cvxopt /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import sys
import numpy as np
from cvxopt import matrix, solvers
solvers.options["show_progress"] = False
G = [[1.0, 2.0], [0.0, 1.0]]
h, c = matrix([4.0, 3.0]), matrix([-1.0, -1.0])
from_list, from_array, transposed = matrix(G), matrix(np.array(G)), matrix(G).T
print("from a list:\n", from_list, "from an array:\n", from_array, sep="")
nonnegative = matrix([[-1.0, 0.0], [0.0, -1.0]])
solve = lambda g: [round(v, 3) for v in solvers.lp(c, matrix([g, nonnegative]), matrix([h, matrix(0.0, (2, 1))]))["x"]]
found = solve(from_list), solve(from_array), solve(transposed)
print("maximum of x + y with G from a list", found[0], "from an array", found[1], "from a list and .T", found[2])
sys.exit(0 if np.array_equal(np.array(from_list), np.array(G).T) and found[1] == found[2] != found[0] else "CHANGED")
PY
/usr/bin/python3 try.py
