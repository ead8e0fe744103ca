#!/usr/bin/env bash
# python3-fitsio 1.1.8: of a table of 10, 20, 30, 40 fitsio.read(file, rows=[3, 0, 0]) gives 10, 40; f[1][[3, 0, 0]] and a column's [[3, 0, 0]] do the same.
#
# A list of row numbers is expected to be what it is to numpy: these rows, in this order, as often as they are named. They are sorted, and those that come twice are taken once: a permutation for training leaves the order as it was, its rows no longer go with labels that were permuted alongside, and a bootstrap has six tenths of
# its rows, each with the same weight. Sorted lists without repeats, as of a mask, are right. Nothing is said. What to do: read the whole, and index the array.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
wanted='python3-fitsio=1.1.8+dfsg-1+b4 python3-numpy libcfitsio10'
# shellcheck disable=SC2086 # words wanted
missing=$(apt-get install -s --no-install-recommends $wanted 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-fitsio|python3-numpy|libcfitsio10' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq $wanted $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-fitsio_*.deb Version | sed 's/^/python3-fitsio /'
cat >try.py <<'P'
import fitsio
import numpy

table = numpy.array([(10,), (20,), (30,), (40,)], dtype=[("x", "i4")])
fitsio.write("x.fits", table, clobber=True)
rows = [3, 0, 0]
file = fitsio.FITS("x.fits")
found = [fitsio.read("x.fits", rows=rows)["x"].tolist(), file[1][rows]["x"].tolist(), file[1]["x"][rows].tolist()]
print("rows 3, 0, 0 of 10, 20, 30, 40:", *found, "; of the array:", fitsio.read("x.fits")[rows]["x"].tolist())
assert found == [[10, 40]] * 3 and fitsio.read("x.fits")[rows]["x"].tolist() == [40, 10, 10]
P
lib=$PWD/root/usr/lib/x86_64-linux-gnu
LD_LIBRARY_PATH=$lib:$lib/blas:$lib/lapack PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages /usr/bin/python3 try.py || { echo "CHANGED"; exit 1; }
