#!/usr/bin/env bash
# zarr 2.13.6: rows whose chunk file is gone - a copy that stopped, a full disk - are read as zeros, with no error; so are rows never written.
#
# An array is a folder of files, and one that is not there stands for the fill value, 0 by default. After cp, rsync or an upload that was cut
# off, shape and type are right and a tail of the rows is 0; a mean or a training runs. The checksum of a chunk protects what is in it, not
# that it is there. What to do: fill_value=numpy.nan for real numbers, and compare nchunks_initialized with nchunks before use.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-zarr=2.13.6+ds-1 python3-asciitree python3-fasteners python3-numcodecs python3-entrypoints python3-numpy libblas3 \
    liblapack3 libopenblas0-pthread libgfortran5 libquadmath0 libgomp1 libblosc1 liblz4-1 libsnappy1v5 libzstd1 python3-packaging \
    python3-typing-extensions 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-zarr_*.deb Version | sed 's/^/python3-zarr /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import shutil
import sys
import warnings
import numpy as np
import zarr
warnings.simplefilter("error")
x = np.arange(1.0, 9).reshape(4, 2)
z = zarr.open("whole.zarr", mode="w", shape=x.shape, chunks=(2, 2), dtype="f8")
z[:] = x
shutil.copytree("whole.zarr", "copy.zarr", ignore=lambda folder, names: ["1.0"])  # as if it had stopped before the last file
copy = zarr.open("copy.zarr", mode="r")
print("written", x.tolist(), "\nread   ", copy[:].tolist(), "\nchunks", copy.nchunks_initialized, "of", copy.nchunks)
seen = copy[:].tolist() == [[1, 2], [3, 4], [0, 0], [0, 0]] and (copy.nchunks_initialized, copy.nchunks) == (1, 2)
sys.exit(0 if seen and zarr.open("whole.zarr", mode="r").nchunks_initialized == 2 else "CHANGED")
PY
/usr/bin/python3 try.py
