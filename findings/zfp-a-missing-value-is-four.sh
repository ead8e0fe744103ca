#!/usr/bin/env bash
# zfp 1.0.0 (zfpy): with tolerance=0.001 a NaN among numbers from 0 to 1 comes back as 4, an infinity as -2, one 1e30 makes its fifteen neighbours 0, and bits at rate=8 come back as whole numbers from -2 to 2.
#
# A tolerance is expected to hold for every number and a NaN to stay one, or be refused. Sixteen cells share one exponent and become whole numbers; what has no exponent becomes some number of ordinary size,
# what is far larger than its neighbours takes all digits from them. Compressed without options, which is lossless, NaN comes back. Nothing is
# said. What to do: keep a mask and put something ordinary where values are missing, or compress without loss.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-zfpy=1.0.0-7 libzfp1=1.0.0-7 python3-numpy=1:1.24.2-1+deb12u1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-zfpy|libzfp1|python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-zfpy=1.0.0-7 libzfp1=1.0.0-7 python3-numpy=1:1.24.2-1+deb12u1 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in python3-zfpy libzfp1 python3-numpy; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import sys
import numpy as np
import zfpy

def there_and_back(x, **options):
    return zfpy.decompress_numpy(zfpy.compress_numpy(x, **options))

plain = np.linspace(0, 1, 16).reshape(4, 4)
found = {}
for special in (np.nan, np.inf, 1e30):
    x = plain.copy()
    x[1, 2] = special
    y = there_and_back(x, tolerance=1e-3)
    others = np.delete(abs(y - plain).ravel(), 6).max()
    found[special] = y[1, 2], others, np.array_equal(there_and_back(x), x, equal_nan=True)
    print(f"{special} comes back as {y[1, 2]:g}; the others are off by up to {others:.2g}; without options all come back: {found[special][2]}")
bits = np.random.RandomState(0).randint(0, 2, (8, 8)).astype(np.int32)
back = there_and_back(bits, rate=8)
print(f"bits at rate=8: {(back != bits).sum()} of 64 are others, values {np.unique(back)}")
nan, inf, large = found.values()
ok = np.isfinite(nan[0]) and nan[0] > 1.5 and np.isfinite(inf[0]) and nan[1] < 1e-3 and large[1] > 0.9 and nan[2] and inf[2] and (back == -1).any()
sys.exit(0 if ok else "CHANGED")
PY
/usr/bin/python3 try.py
