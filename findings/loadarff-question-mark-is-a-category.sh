#!/usr/bin/env bash
# scipy 1.10.1: loadarff reads ? as NaN in a numeric attribute, and as the category "?" in a nominal one.
#
# ARFF writes every missing value as ?. scipy checks nominal values against the declared ones, and refuses others, but lets ? through as the
# bytes b"?", which meta does not list: one-hot coding makes a column of it, isnull finds nothing. What to do: replace b"?" by None in nominal columns.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-scipy=1.10.1-2 liblbfgsb0 python3-numpy libblas3 liblapack3 libopenblas0-pthread libgfortran5 libquadmath0 libgomp1 python3-decorator 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-scipy_*.deb Version | sed 's/^/python3-scipy /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import io
import sys
import numpy as np
from scipy.io import arff
head = "@relation r\n@attribute a numeric\n@attribute c {x,y}\n@data\n"
data, meta = arff.loadarff(io.StringIO(head + "1,x\n?,?\n2,y\n"))
print(data.tolist(), "declared:", meta["c"][1])
try:
    arff.loadarff(io.StringIO(head + "1,z\n"))
    sys.exit("CHANGED: z is accepted")
except ValueError as e:
    print("z:", e)
sys.exit(0 if np.isnan(data["a"][1]) and data["c"][1] == b"?" and "?" not in meta["c"][1] else "CHANGED")
PY
/usr/bin/python3 try.py
