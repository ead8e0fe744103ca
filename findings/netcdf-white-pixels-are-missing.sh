#!/usr/bin/env bash
# netCDF4-python 1.6.2 takes 255 in unsigned bytes and -127 in signed ones for missing; xarray takes nothing for missing, cells never written for 1e37.
#
# Without a _FillValue in the file, a pixel of 255 is expected to be a number: netCDF's own rules have no fill value for bytes. netCDF4-python masks it, so
# that the mean of a black and white picture is 0. Of doubles it is the other way round: cells that were never written are
# masked by netCDF4-python, and are 9.97e36 in xarray, of the same file. What to do: write a _FillValue always (fill_value=False for bytes).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-netcdf4=1.6.2-1+b1 python3-cftime python3-xarray=2023.01.0-1.1 python3-pandas python3-pandas-lib python3-packaging python3-dateutil python3-tz \
    python3-six python3-pkg-resources python3-numpy libnetcdf19=1:4.9.0-3+b1 libhdf5-103-1 libhdf5-hl-100 libaec0 libsz2 libcurl3-gnutls libcurl4 libnghttp2-14 librtmp1 libssh2-1 libpsl5 libldap-2.5-0 libsasl2-2 libbrotli1 libxml2 \
    libicu72 libblas3 liblapack3 libopenblas0-pthread libgfortran5 libquadmath0 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in python3-netcdf4 python3-xarray; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import sys
import netCDF4
import numpy as np
import xarray
with netCDF4.Dataset("x.nc", "w") as f:
    f.createDimension("cell", 4)
    for name, kind in ("pixel", "u1"), ("free", "u1"), ("signed", "i1"), ("reading", "f8"):
        f.createVariable(name, kind, ("cell",), fill_value=False if name == "free" else None)
    f["pixel"][:] = f["free"][:] = [0, 255, 255, 0]
    f["signed"][:] = [-127, -128, 0, 1]
    f["reading"][:2] = [1, 2]
with netCDF4.Dataset("x.nc") as f, xarray.open_dataset("x.nc", engine="netcdf4") as g:
    for name in "pixel", "free", "signed", "reading":
        print(name, "netCDF4:", f[name][:], "mean", f[name][:].mean(), "| xarray:", g[name].values, "mean", float(g[name].mean()))
    ok = f["pixel"][:].mean() == 0 and f["free"][:].mean() == g["pixel"].mean() == 127.5 and np.ma.count(f["signed"][:]) == 3 and \
        f["reading"][:].mean() == 1.5 and g["reading"].mean() > 1e36
sys.exit(0 if ok else "CHANGED")
PY
/usr/bin/python3 try.py
