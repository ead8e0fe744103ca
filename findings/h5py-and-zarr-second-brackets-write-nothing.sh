#!/usr/bin/env bash
# h5py 3.7 and zarr 2.13: f["W"][3][1] = 5 changes nothing, in a file opened for writing, and neither does row = f["W"][3]; row += 1.
#
# f["W"] is a handle of the data in the file, and with numpy x[3][1] = 5 and x[3, 1] = 5 are the same. Here the first
# brackets read a row into memory and the second write there: no error, no warning, the file as it was. Masks and clipped
# couplings set that way are not in the saved model. What to do: one pair of brackets, f["W"][3, 1] = 5.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-h5py-serial=3.7.0-8 python3-zarr=2.13.6+ds-1 python3-h5py python3-numcodecs python3-asciitree python3-fasteners \
    python3-monotonic python3-six python3-packaging python3-pkg-resources libblosc1 liblz4-1 libsnappy1v5 libzstd1 python3-numpy libblas3 \
    liblapack3 libopenblas0-pthread libgfortran5 libquadmath0 libgomp1 libhdf5-103-1 libhdf5-hl-100 libaec0 libsz2 libcurl4 libnghttp2-14 \
    librtmp1 libssh2-1 libpsl5 libldap-2.5-0 libsasl2-2 libbrotli1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in python3-h5py-serial python3-zarr; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import sys
import warnings
import h5py
import numpy as np
import zarr
warnings.simplefilter("error")
ok = True
with h5py.File("x.h5", "w") as f:
    for name, w in ("numpy", np.zeros((4, 2))), ("h5py", f.create_dataset("W", data=np.zeros((4, 2)))), ("zarr", zarr.zeros((4, 2))):
        w[3][1] = 5
        row = w[2]
        row += 7
        twice = float(w[3, 1]), float(w[2, 0])
        w[3, 1] = 5
        w[2] += 7
        once = float(w[3, 1]), float(w[2, 0])
        print(f"{name:5} after W[3][1] = 5; row = W[2]; row += 7: {twice}, after W[3, 1] = 5; W[2] += 7: {once}")
        ok = ok and once == ((5, 14) if name == "numpy" else (5, 7)) and twice == ((5, 7) if name == "numpy" else (0, 0))
sys.exit(0 if ok else "CHANGED")
PY
/usr/bin/python3 try.py
