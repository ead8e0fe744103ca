#!/usr/bin/env bash
# scikit-bio 0.5.8: multiplicative_replacement makes 0.111 of the zero in shares 0.001, 0.999, 0, a hundred times what was seen once in a thousand; of two parts it is a quarter, of ten a hundredth.
#
# A zero is expected to become something smaller than any share that was measured, as logarithms of ratios need it. The amount is 1 / (number of parts) squared, whatever was counted: the part that is absent ranks above parts that are present, their
# log ratio has the wrong sign, and all distances of clr columns are about which parts a sample has not. Rows without zeros are left alone, so that the result of a
# table depends on where its zeros are. No message. What to do: delta = half of the smallest share, or of 1 / the number of counts.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-skbio python3-pandas 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-skbio|python3-scipy|python3-numpy|python3-pandas|python3-pandas-lib|libblas3|liblapack3' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-skbio=0.5.8-4 python3-scipy python3-numpy python3-pandas python3-pandas-lib libblas3 liblapack3 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-skbio_*.deb Version | sed 's/^/python3-skbio /'
# matplotlib is asked for its data when scikit-bio is loaded
touch matplotlibrc
if [ -f root/usr/lib/python3/dist-packages/matplotlib/__init__.py ]; then sed -i "s#/usr/share/matplotlib#$PWD/root/usr/share/matplotlib#g" root/usr/lib/python3/dist-packages/matplotlib/__init__.py; fi
lib=$PWD/root/usr/lib/x86_64-linux-gnu
export MATPLOTLIBRC=$PWD/matplotlibrc MPLBACKEND=agg PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages LD_LIBRARY_PATH=$PWD/root/usr/lib:$lib:$lib/blas:$lib/lapack
cat >try.py <<'PY'
import sys
import warnings
import numpy as np
warnings.simplefilter("ignore")
from skbio.stats.composition import clr, multiplicative_replacement
shares = np.array([0.001, 0.999, 0.0])
filled = multiplicative_replacement(shares)
small = multiplicative_replacement(shares, delta=0.0005)
two, ten = multiplicative_replacement([1.0, 0.0])[1], multiplicative_replacement([1.0] + 9 * [0.0])[1]
print("0.001 0.999 0 become", filled.round(4), "with delta=0.0005", small.round(4), "; log of absent / rare:", round(float(np.subtract(*clr(filled)[[2, 0]])), 2), "; a zero of two parts:", two, "of ten:", ten)
sys.exit(0 if abs(filled[2] - 1 / 9) < 1e-9 and filled[2] > 100 * filled[0] and small[2] < small[0] and two == 0.25 and abs(ten - 0.01) < 1e-9 else "CHANGED")
PY
/usr/bin/python3 try.py
