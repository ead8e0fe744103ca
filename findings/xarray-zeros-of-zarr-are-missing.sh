#!/usr/bin/env bash
# xarray 2023.01.0 and zarr 2.13.6 (Python): an array of the bits 0 and 1 that zarr wrote comes out of xarray.open_zarr with NaN for each 0, and with the mean 1.
#
# What one library stores, another one of the same format is expected to show. The fill_value of zarr is what a chunk that was never written has, 0 unless told otherwise; xarray takes it for the mark of a missing value, as _FillValue of NetCDF: every zero of pixels, counts, bits or weights becomes NaN, whole numbers become float32, and
# mean, sum and count skip what is gone - the share of ones is 1. Zarr itself and files that xarray wrote, as in a first try, are right. Nothing is said. What to do: fill_value=None when writing, or mask_and_scale=False when reading, as below.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
wanted='python3-xarray=2023.01.0-1.1 python3-zarr=2.13.6+ds-1'
# shellcheck disable=SC2086 # words wanted
missing=$(apt-get install -s --no-install-recommends $wanted python3-numpy 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-xarray|python3-zarr|python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq $wanted python3-numpy $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in python3-xarray python3-zarr; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import numpy as np
import xarray
import zarr

group = zarr.open_group("rows.zarr", "w")
bits = np.array([[0, 1, 1], [1, 0, 1]], dtype="u1")
for name, more in (("bits", {}), ("told", {"fill_value": None})):
    group.create_dataset(name, data=bits, **more).attrs["_ARRAY_DIMENSIONS"] = ["row", "unit"]
zarr.consolidate_metadata("rows.zarr")
seen = xarray.open_zarr("rows.zarr", chunks=None)
whole = xarray.open_zarr("rows.zarr", chunks=None, mask_and_scale=False)
print("zarr:", group["bits"][:].tolist(), "xarray:", seen.bits.values.tolist(), seen.bits.dtype, "mean", float(seen.bits.mean()), "; fill_value=None:", seen.told.values.tolist(),
      "; mask_and_scale=False:", whole.bits.values.tolist())
assert np.array_equal(group["bits"][:], bits) and np.array_equal(np.isnan(seen.bits.values), bits == 0) and float(seen.bits.mean()) == 1
assert np.array_equal(seen.told.values, bits) and np.array_equal(whole.bits.values, bits)
PY
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
