#!/usr/bin/env bash
# xarray 2023.01.0 and netCDF4-python 1.6.2: 400 assigned into a variable that is packed in its file as int16 comes back as -255.36.
#
# A value beyond the range is expected to be refused, or clipped, or the variable to be stored as floats. Both keep the packing (scale_factor
# 0.01) of the file that was read; 400 is 40000 units, and that is -25536 in 16 bits. Arithmetic, ds.t * 100, forgets the packing in xarray,
# assignment into the variable does not. No warning. What to do: encoding = {} before to_netcdf.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-xarray=2023.01.0-1.1 python3-netcdf4=1.6.2-1+b1 python3-cftime python3-pandas=1.5.3+dfsg-2 python3-pandas-lib \
    python3-dateutil python3-tz python3-six python3-packaging python3-pkg-resources python3-numpy libblas3 liblapack3 libopenblas0-pthread \
    libgfortran5 libquadmath0 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-xarray_*.deb Version | sed 's/^/python3-xarray /'
dpkg-deb -f python3-netcdf4_*.deb Version | sed 's/^/python3-netcdf4 /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import netCDF4
import numpy as np
import xarray as xr
def packed(name):
    xr.Dataset({"t": ("x", [1.0, 2.0, 3.0])}).to_netcdf(name, encoding={"t": {"dtype": "int16", "scale_factor": 0.01, "_FillValue": -32768}})
packed("a.nc")
ds = xr.load_dataset("a.nc")
ds.t[1] = 400.0
ds.to_netcdf("b.nc")
(ds.t * 1).to_netcdf("c.nc")
packed("d.nc")
with netCDF4.Dataset("d.nc", "a") as file:
    file["t"][1] = 400.0
found = {"xarray, t[1] = 400": xr.load_dataset("b.nc").t.values, "xarray, t * 1": xr.load_dataset("c.nc").t.values, "netCDF4, t[1] = 400": netCDF4.Dataset("d.nc")["t"][:].data}
for name, values in found.items():
    print(name, *values.round(2))
assert [round(float(v[1]), 2) for v in found.values()] == [-255.36, 400.0, -255.36]
PY
/usr/bin/python3 try.py || { echo "CHANGED"; exit 1; }
