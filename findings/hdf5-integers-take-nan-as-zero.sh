#!/usr/bin/env bash
# HDF5 1.10.8 by h5py 3.7: NaN written to a data set of int8 is 0, of int32 -2147483648; 300 in int8 is 127, 2.7 is 2.
#
# A file whose data set is of whole numbers is expected to refuse floats, or to have what numpy's astype gives. HDF5
# converts on the way: it cuts off decimals, stops at the ends of the range - where numpy goes round, to 44 - and turns
# NaN into the type's own number, which for bits and levels is a value like any other, and for int32 the one that R reads
# as missing. Nothing is said. So with arrays; a list with NaN raises. What to do: compare dset[...] with what was
# written.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-h5py-serial=3.7.0-8 python3-h5py python3-numpy libblas3 liblapack3 libopenblas0-pthread libgfortran5 \
    libquadmath0 libgomp1 libhdf5-103-1 libhdf5-hl-100 libaec0 libsz2 libcurl4 libnghttp2-14 librtmp1 libssh2-1 libpsl5 libldap-2.5-0 libsasl2-2 \
    libbrotli1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-h5py-serial_*.deb Version | sed 's/^/python3-h5py-serial /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import sys
import warnings
import h5py
import numpy as np
warnings.simplefilter("error")
x = np.array([np.nan, 300, -200, 2.7, np.inf])
seen = {}
print("hdf5", h5py.version.hdf5_version, "writes", x.tolist(), "as")
with h5py.File("x.h5", "w") as f:
    for kind in "int8", "uint8", "int32":
        f.create_dataset(kind, (5,), kind)[...] = x
        seen[kind] = f[kind][...].tolist()
        print(kind, seen[kind])
    try:
        f["int8"][...] = x.tolist()
        raised = None
    except ValueError as e:
        raised = str(e)
print("numpy's int8 of 300 and -200:", np.array([300, -200]).astype("int8").tolist(), "- a list with NaN:", raised)
ok = seen["int8"] == [0, 127, -128, 2, 127] and seen["uint8"] == [0, 255, 0, 2, 255] and seen["int32"][0] == -(2**31)
sys.exit(0 if ok and raised else "CHANGED")
PY
/usr/bin/python3 try.py
