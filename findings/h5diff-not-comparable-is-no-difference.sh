#!/usr/bin/env bash
# h5diff of HDF5 1.10.8 exits 0 - "no differences" - where two files hold weights of other shapes, or a text instead of numbers.
#
# Exit 0 of a diff is expected to mean equal, and scripts that let a new model through rest on it. h5diff says "Some objects are not comparable", and
# 0, for a transposed matrix, for whole numbers beside floats and for text; for float32 beside doubles and for NaN on both sides it says nothing
# at all. Only a data set that one file lacks, or another value, is 1. What to do: h5diff -c FILE FILE and take any output for a difference.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq hdf5-tools=1.10.8+repack1-1 libhdf5-103-1=1.10.8+repack1-1 libhdf5-hl-100=1.10.8+repack1-1 libaec0 libsz2 libcurl4 libnghttp2-14 librtmp1 libssh2-1 libpsl5 libldap-2.5-0 libsasl2-2 libbrotli1 python3-h5py \
    python3-h5py-serial python3-numpy liblzf1 libblas3 liblapack3 libopenblas0-pthread libgfortran5 libquadmath0 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
lib=$PWD/root/usr/lib/x86_64-linux-gnu
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages LD_LIBRARY_PATH=$lib:$lib/openblas-pthread
cat >try.py <<'PY'
import h5py
import numpy as np
w = np.arange(6.0).reshape(2, 3)
for name, weights in {"model": w, "transposed": w.T, "integers": w.astype(int), "text": np.array(["none"], h5py.string_dtype()), "float32": w.astype("f4"),
                      "other": w + 1}.items():
    with h5py.File(name + ".h5", "w") as f:
        f["W"] = weights
PY
/usr/bin/python3 try.py
root/usr/bin/h5diff -V
for name in transposed integers text float32 other; do
    code=0
    expected=0
    [ $name != other ] || expected=1
    root/usr/bin/h5diff model.h5 $name.h5 >out || code=$?
    echo "model $name: exit $code $(tr -d '\n-' <out)"
    [ $code = $expected ] || { echo CHANGED; exit 1; }
done
[ -n "$(root/usr/bin/h5diff -c model.h5 transposed.h5 || true)" ] || { echo "CHANGED: -c"; exit 1; }
