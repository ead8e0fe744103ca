#!/usr/bin/env bash
# scikit-bio 0.5.8: the Shannon entropy of four equal counts is 2, where scipy says 1.386, and exp of it is 7.4 kinds instead of 4.
#
# The index is in nats in ecology's books and in scipy.stats.entropy, and exp of it is the effective number of kinds. shannon of scikit-bio
# has base=2 as its default: values beside published ones are larger by 1.44, and a number of effective states made by exp is 7.4 for four.
# The ratio to the largest possible does not show it. What to do: base=numpy.e.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-skbio=0.5.8-4 python3-scipy python3-numpy 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-skbio|python3-scipy|python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-skbio=0.5.8-4 python3-scipy python3-numpy $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-skbio_*.deb Version | sed 's/^/python3-skbio /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import numpy as np
import skbio
from scipy.stats import entropy
from skbio.diversity import alpha
print("skbio", skbio.__version__)
x = np.array([5, 5, 5, 5])
a, b, c = alpha.shannon(x), entropy(x), alpha.shannon(x, base=np.e)
print("shannon", a, "entropy", b, "; exp of them", np.exp(a), np.exp(b), "; with base=e", c)
assert a == 2 and abs(b - np.log(4)) < 1e-12 and abs(c - b) < 1e-12
PY
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
