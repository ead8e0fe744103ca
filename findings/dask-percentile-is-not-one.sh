#!/usr/bin/env bash
# dask 2022.12.1: percentile of an array in chunks is a mixture of the chunks' percentiles; the 99th of sorted data is far off, and nothing says so.
#
# The same name, the same arguments and the same answer as numpy's are expected of a function of dask.array, and mean, std
# and sum give it. percentile takes each chunk's percentiles, and these as weights on a line: where chunks differ - data
# sorted, or by day, or by class - thresholds and medians are wrong by as much as the data allow, and better or worse with
# other chunks. What to do: rechunk(-1) first, if it fits.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-dask=2022.12.1+dfsg-2 python3-cloudpickle python3-fsspec python3-toolz python3-partd python3-locket \
    python3-yaml libyaml-0-2 python3-packaging python3-pkg-resources python3-click python3-numpy libblas3 liblapack3 libopenblas0-pthread \
    libgfortran5 libquadmath0 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-dask_*.deb Version | sed 's/^/python3-dask /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import sys
import warnings
import dask.array as da
import numpy as np
warnings.simplefilter("error")
x = np.sort(np.random.RandomState(0).exponential(size=10000))
asked = [25, 50, 99]
exact = np.percentile(x, asked)
found = {chunks: da.percentile(da.from_array(x, chunks=chunks), asked).compute() for chunks in (10000, 5000, 1000)}
print(f"percentiles {asked} by numpy", exact.round(3))
for chunks, values in found.items():
    print(f"dask, chunks of {chunks:5}       ", values.round(3))
print("dask, rechunk(-1)            ", da.percentile(da.from_array(x, chunks=1000).rechunk(-1), asked).compute().round(3))
ok = np.allclose(found[10000], exact) and found[1000][2] > 1.2 * exact[2]
sys.exit(0 if ok and np.isclose(da.from_array(x, chunks=1000).mean().compute(), x.mean()) else "CHANGED")
PY
/usr/bin/python3 try.py
