#!/usr/bin/env bash
# astropy 5.2.1: a truth value that is masked comes back from a FITS file as the value under the mask, and an empty word comes back as missing.
#
# Numbers keep their masks (TNULL, NaN). A column of truth values has no mark for "missing" that is written, so what stood under the mask is
# read as known, and the number of known rows grows with a write and a read. The other way round "" is what stands for a missing word, so that
# a word that is empty is lost, in ECSV too. No warning. What to do: truth values as numbers, -1 = missing; ECSV keeps their masks.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-astropy=5.2.1-2+deb12u1 python3-erfa liberfa1 libcfitsio10 libcurl3-gnutls libwcs7 libexpat1 libyaml-0-2 python3-yaml \
    python3-packaging python3-ply python3-configobj python3-six python3-numpy libblas3 liblapack3 libopenblas0-pthread libgfortran5 libquadmath0 \
    libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-astropy_*.deb Version | sed 's/^/python3-astropy /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages HOME=$PWD
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import sys
import warnings
import numpy as np
from astropy.table import MaskedColumn, Table
warnings.simplefilter("error")
mask = [False, False, True]
t = Table({"on": MaskedColumn([True, False, True], mask=mask), "count": MaskedColumn([1, 2, 3], mask=mask),
           "size": MaskedColumn([0.5, 1.5, 2.5], mask=mask), "word": MaskedColumn(["low", "", "mid"], mask=mask)})
known = lambda table: {name: int(len(table) - np.sum(getattr(table[name], "mask", [0] * len(table)))) for name in table.colnames}
t.write("t.fits")
t.write("t.ecsv")
fits, ecsv = Table.read("t.fits"), Table.read("t.ecsv")
print("known values", known(t), "\nafter FITS  ", known(fits), "\nafter ECSV  ", known(ecsv), "\ntruth values", list(fits["on"]))
sys.exit(0 if known(t) == dict(on=2, count=2, size=2, word=2) and known(fits) == dict(on=3, count=2, size=2, word=1) and known(ecsv) == dict(on=2, count=2, size=2, word=1) and list(fits["on"]) == [True, False, True] else "CHANGED")
PY
/usr/bin/python3 try.py
