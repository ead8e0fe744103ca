#!/usr/bin/env bash
# GDAL 3.6.2 (Python): GetHistogram of a picture of 600 x 600 bits counts 62400 pixels of 360000; WriteArray of 0.4, 0.6, 300, -1, NaN into bytes stores 0, 1, 255, 0, 0.
#
# Counts of a histogram are expected to add up to the number of pixels, as those of numpy, OpenCV and Pillow do. By default (approx_ok = 1) some blocks are looked at: shares are plausible, and wrong where the blocks left out differ, as here where one corner alone has ones; whoever
# divides by rows * columns has rates that are six times too low. An array of another type is rounded and cut into the band's, NaN is 0. Nothing is said. What to do: GetHistogram(approx_ok=0); compare dtype with the band's type first.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-gdal=3.6.2+dfsg-1+b2 python3-numpy 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-gdal|python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-gdal=3.6.2+dfsg-1+b2 python3-numpy $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-gdal_*.deb Version | sed 's/^/python3-gdal /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib:$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu:$PWD/root/usr/lib/x86_64-linux-gnu/blas:$PWD/root/usr/lib/x86_64-linux-gnu/lapack
cat >try.py <<'PY'
import sys
import numpy
from osgeo import gdal

gdal.UseExceptions()
bits = numpy.zeros((600, 600), "u1")
bits[13:26] = 1
band = gdal.GetDriverByName("GTiff").Create("bits.tif", 600, 600, 1, gdal.GDT_Byte)
band.GetRasterBand(1).WriteArray(bits)
band = None
band = gdal.Open("bits.tif").GetRasterBand
picture = gdal.Open("bits.tif")
found, told = (picture.GetRasterBand(1).GetHistogram(-0.5, 1.5, 2, 0, ok) for ok in (1, 0))
default = picture.GetRasterBand(1).GetHistogram(-0.5, 1.5, 2)
small = gdal.GetDriverByName("MEM").Create("", 5, 1, 1, gdal.GDT_Byte)
small.GetRasterBand(1).WriteArray(numpy.array([[0.4, 0.6, 300, -1, numpy.nan]]))
stored = small.ReadAsArray().tolist()[0]
print("zeros and ones:", default, "exact:", told, "; 0.4, 0.6, 300, -1, NaN as bytes:", stored)
sys.exit(0 if default == found and sum(default) < 100000 and told == [360000 - int(bits.sum()), int(bits.sum())] and stored == [0, 1, 255, 0, 0] else "CHANGED")
PY
/usr/bin/python3 try.py
