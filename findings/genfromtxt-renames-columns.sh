#!/usr/bin/env bash
# numpy 1.24.2: genfromtxt(names=True) changes the names it reads, and turns words among numbers into NaN; neither is said.
#
# Blanks become underscores and some fifteen signs are deleted: "flow rate" is flow_rate, "a-b" is ab, "x(m)" is xm, and "a-b" beside "ab" are told
# apart by a number. A word in a column of floats is missing from then on. Names saved with a model then fit no other reader of the same file.
# What to do: deletechars="", replace_space=" ", or np.loadtxt, which raises.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-numpy=1:1.24.2-1+deb12u1 libblas3 liblapack3 libopenblas0-pthread libgfortran5 libquadmath0 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-numpy_*.deb Version | sed 's/^/python3-numpy /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import io
import sys
import warnings
import numpy as np
warnings.simplefilter("error")
text = "flow rate,a-b,ab,x(m)\n1,2,3,4\n5,six,7,8\n"
x = np.genfromtxt(io.StringIO(text), delimiter=",", names=True)
print("names", x.dtype.names)
print("rows ", x.tolist())
sys.exit(0 if x.dtype.names == ("flow_rate", "ab", "ab_1", "xm") and np.isnan(x["ab"][1]) else "CHANGED")
PY
/usr/bin/python3 try.py
