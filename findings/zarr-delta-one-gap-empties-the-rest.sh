#!/usr/bin/env bash
# zarr 2.13.6 with numcodecs 0.11.0: behind the filter Delta, which compresses without loss, one NaN makes NaN of all that follows in its chunk, and after 1e17 the numbers 1, 2, 3 are 0, 1, 2.
#
# Delta(dtype="f8") takes a type of floats and is listed with the lossless filters. It stores differences and adds them up when reading: a
# gap stays in the sum, and what rounding lost beside a large value never comes back. Whole columns of readings behind the first missing one
# are missing, whose number depends on chunks; with smooth data a test is right to the last digits. Nothing is said when writing. What to
# do: Delta for whole numbers only, Shuffle for floats.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-zarr=2.13.6+ds-1 python3-numcodecs=0.11.0+ds-4+b1 python3-numpy 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-zarr|python3-numcodecs|python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-zarr=2.13.6+ds-1 python3-numcodecs=0.11.0+ds-4+b1 python3-numpy $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-zarr_*.deb Version | sed 's/^/python3-zarr /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import warnings
import numpy as np
import zarr
from numcodecs import Delta
warnings.simplefilter("error")
def there_and_back(x, chunk):
    return zarr.array(np.array(x), chunks=chunk, filters=[Delta(dtype="f8")])[:]
gap = [1.0, np.nan, 3, 4, 5, 6]
one, two = there_and_back(gap, 6), there_and_back(gap, 3)
large = there_and_back([1e17, 1, 2, 3], 4)
print("1 NaN 3 4 5 6 comes back as", *one, "; in chunks of three", *two, "; 1e17 1 2 3 as", *large)
assert np.isnan(one).tolist() == [False] + [True] * 5 and np.isnan(two).sum() == 2 and large.tolist() == [1e17, 0, 1, 2]
PY
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
