#!/usr/bin/env bash
# xarray 2023.01.0: the difference of two arrays of equal length is shorter than either, or empty, where their coordinates are not the same to the last bit.
#
# numpy goes by position and pandas answers NaN where one side has nothing; xarray keeps what both have and drops the
# rest, without a warning. Coordinates that went through float32 on one side (0.1 is another number there) share 0.0 only;
# so mean((a - b)**2) of model and data is a mean of one cell, and the sum over none is 0, a perfect fit. What to do:
# xarray.set_options(arithmetic_join="exact"), which raises.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-xarray=2023.01.0-1.1 python3-pandas python3-pandas-lib python3-dateutil python3-tz python3-six python3-numpy \
    libblas3 liblapack3 libopenblas0-pthread libgfortran5 libquadmath0 libgomp1 python3-packaging python3-pkg-resources 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-xarray_*.deb Version | sed 's/^/python3-xarray /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import sys
import warnings
import numpy as np
import xarray as xr
warnings.simplefilter("error")
place = np.array([0.0, 0.1, 0.2, 0.3])
data = xr.DataArray([1.0, 2, 3, 4], dims="x", coords={"x": place})
model = xr.DataArray([1.0, 5, 5, 5], dims="x", coords={"x": place.astype(np.float32)})
later = xr.DataArray([1.0, 2, 3, 4], dims="x", coords={"x": place + 9})
error = ((data - model) ** 2).mean().item()
print("cells of data - model:", (data - model).size, "mean square error", error, "by position", ((data.values - model.values) ** 2).mean())
print("cells of data - later:", (data - later).size, "sum of squares", ((data - later) ** 2).sum().item())
try:
    with xr.set_options(arithmetic_join="exact"):
        data - model
    raised = None
except ValueError as e:
    raised = str(e)
print('arithmetic_join="exact":', raised)
sys.exit(0 if error == 0 and (data - model).size == 1 and (data - later).size == 0 and ((data - later) ** 2).sum() == 0 and raised else "CHANGED")
PY
/usr/bin/python3 try.py
