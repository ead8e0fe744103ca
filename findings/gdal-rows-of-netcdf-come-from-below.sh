#!/usr/bin/env bash
# GDAL 3.6.2 (Python): a NetCDF variable with the rows 1 2 3 and 4 5 6 is read as 4 5 6, 1 2 3, a PNG made of it is upside down; a NaN in it comes as 9.969e36, which counts in means; netCDF4-python gives what was written.
#
# A variable without coordinates is expected to be an array with its first row first, as of HDF5, TIFF and PNG files. GDAL takes it for a map whose y goes up, and turns it round. NaN is replaced by the value that NetCDF fills unwritten cells with, whether the file names one or not.
# Pictures, filters of 28 x 28 and tables of rows come in another order, with their labels elsewhere. Nothing is said. What to do: GDAL_NETCDF_BOTTOMUP=NO; compare with GetNoDataValue().
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-gdal=3.6.2+dfsg-1+b2 python3-netcdf4 python3-numpy 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-gdal|python3-netcdf4|python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-gdal=3.6.2+dfsg-1+b2 python3-netcdf4 python3-numpy $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-gdal_*.deb Version | sed 's/^/python3-gdal /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib:$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu:$PWD/root/usr/lib/x86_64-linux-gnu/blas:$PWD/root/usr/lib/x86_64-linux-gnu/lapack
cat >try.py <<'PY'
import sys
import netCDF4
import numpy
from osgeo import gdal

gdal.UseExceptions()
with netCDF4.Dataset("rows.nc", "w") as file:
    file.createDimension("row", 2)
    file.createDimension("column", 3)
    file.createVariable("x", "f4", ("row", "column"))[:] = [[1, 2, 3], [4, 5, numpy.nan]]
with netCDF4.Dataset("rows.nc") as file:
    own = file["x"][:].filled(-1).tolist()
found = gdal.Open("NETCDF:rows.nc:x").ReadAsArray().tolist()
gdal.SetConfigOption("GDAL_NETCDF_BOTTOMUP", "NO")
told = gdal.Open("NETCDF:rows.nc:x").ReadAsArray().tolist()
print("netCDF4:", own)
print("GDAL:", found, "; told:", told)
sys.exit(0 if found[1] == [1, 2, 3] and found[0][:2] == [4, 5] and found[0][2] > 9e36 and told[0] == [1, 2, 3] else "CHANGED")
PY
/usr/bin/python3 try.py
