#!/usr/bin/env bash
# netcdfjs 4.0.0 (npm): a variable of three 16-bit numbers comes out with four, one of five bytes with eight.
#
# NetCDF 3 fills each variable up to a multiple of four bytes, and a reader is expected to leave that out. getDataVariable
# gives it as cells - -32767 and 129 below, the fill values - at the end of the list, where a mean, a largest value or a
# reshape to [rows, columns] by the first dimension meets it. Variables of 32 and 64 bits, and sizes that happen to fit,
# are right. Nothing is said. What to do: cut at the product of the dimensions' sizes.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-scipy=1.10.1-2 liblbfgsb0 python3-decorator python3-numpy libblas3 liblapack3 libopenblas0-pthread libgfortran5 \
    libquadmath0 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-scipy_*.deb Version | sed 's/^/python3-scipy /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
npm install --silent --no-audit --no-fund --ignore-scripts netcdfjs@4.0.0 >/dev/null
cat >make.py <<'PY'
import numpy as np
from scipy.io import netcdf_file
with netcdf_file("x.nc", "w") as f:
    for name, kind, n in ("bytes", "b", 5), ("shorts", "h", 3), ("four", "h", 4), ("ints", "i", 3):
        f.createDimension(name, n)
        f.createVariable(name, kind, (name,))[:] = np.arange(1, n + 1)
with netcdf_file("x.nc", mmap=False) as f:
    print({name: v[:].tolist() for name, v in f.variables.items()}, "by scipy")
PY
/usr/bin/python3 make.py
cat >try.mjs <<'JS'
import { readFileSync } from "fs";
import { NetCDFReader } from "netcdfjs";
const f = new NetCDFReader(readFileSync("x.nc"));
const read = Object.fromEntries(f.variables.map((v) => [v.name, Array.from(f.getDataVariable(v.name))]));
console.log(JSON.stringify(read), "by netcdfjs");
const lengths = ["bytes", "shorts", "four", "ints"].map((name) => read[name].length);
process.exit(lengths.join() === "8,4,4,3" ? 0 : 1);
JS
node try.mjs || { echo "CHANGED"; exit 1; }
