#!/usr/bin/env bash
# jsfive 0.4.2 (npm): cells of an HDF5 data set that were never written are holes in the list, not the fill value, and sums go on without them; 2^53 + 1 is 2^53.
#
# HDF5 has a value for such cells, 0 unless the file names one, and h5py and h5wasm give it. jsfive leaves the places
# empty: length is right, reduce and forEach step over them, so a mean by reduce and length is of other numbers than one
# by a loop (NaN). int64 is rounded to a double without a word. What to do: h5wasm, or write all cells.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
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
npm install --silent --no-audit --no-fund --ignore-scripts jsfive@0.4.2 h5wasm@0.10.3 >/dev/null
cat >make.py <<'PY'
import h5py
import numpy as np
with h5py.File("x.h5", "w") as f:
    f.create_dataset("x", (5,), "f8", chunks=(2,), fillvalue=7.0)[0] = 1
    f["whole"] = np.array([2**53 + 1])
    print("by h5py", f["x"][...].tolist(), f["whole"][...].tolist())
PY
/usr/bin/python3 make.py
cat >try.mjs <<'JS'
import { readFileSync } from "fs";
import * as jsfive from "jsfive";
import h5wasm from "h5wasm/node";
const bytes = readFileSync("x.h5");
const f = new jsfive.File(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length), "x.h5");
const x = f.get("x").value;
const sum = Array.prototype.reduce.call(x, (a, b) => a + b, 0);
console.log("by jsfive", x, "length", x.length, "sum by reduce", sum, "whole", f.get("whole").value);
await h5wasm.ready;
const g = new h5wasm.File("x.h5", "r");
const right = Array.from(g.get("x").value);
console.log("by h5wasm", right, "whole", g.get("whole").value);
process.exit(x.length === 5 && sum === 8 && Number(f.get("whole").value[0]) === 2 ** 53 && right.join() === "1,7,7,7,7" && g.get("whole").value[0] === 9007199254740993n ? 0 : 1);
JS
node try.mjs || { echo "CHANGED"; exit 1; }
