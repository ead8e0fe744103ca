#!/usr/bin/env bash
# npyjs 1.2.0 (npm): of an array in Fortran order it gives the shape [2, 3] and the numbers in the order of [3, 2].
#
# Readers of .npy are expected to give what numpy gives. numpy.save keeps the order in memory: x.T goes out in Fortran
# order, with a flag in the header. npyjs passes the flag on and leaves the numbers as they are, so that data[i * columns
# + j] is another cell; for a square matrix of weights it is the transposed one, of the same shape and plausible. What to
# do: look at fortranOrder, or numpy.ascontiguousarray before saving.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-numpy=1:1.24.2-1+deb12u1 libblas3 liblapack3 libopenblas0-pthread libgfortran5 libquadmath0 libgomp1 \
    2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-numpy_*.deb Version | sed 's/^/python3-numpy /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
npm install --silent --no-audit --no-fund --ignore-scripts npyjs@1.2.0 >/dev/null
cat >make.py <<'PY'
import numpy as np
w = np.arange(6.0).reshape(3, 2)
np.save("t.npy", w.T)
np.save("c.npy", np.ascontiguousarray(w.T))
print("numpy:", np.load("t.npy").tolist(), np.load("c.npy").tolist())
PY
/usr/bin/python3 make.py
cat >try.mjs <<'JS'
import { readFileSync } from "fs";
import Npyjs from "npyjs";
const rows = async (file) => {
  const bytes = readFileSync(file);
  const { data, shape, fortranOrder } = await new Npyjs().parse(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const cells = Array.from({ length: shape[0] }, (_, i) => Array.from(data.slice(i * shape[1], (i + 1) * shape[1])));
  console.log(file, "by npyjs: shape", shape, "rows", JSON.stringify(cells), "fortranOrder", fortranOrder);
  return JSON.stringify(cells);
};
const found = [await rows("t.npy"), await rows("c.npy")];
process.exit(found.join() === "[[0,1,2],[3,4,5]],[[0,2,4],[1,3,5]]" ? 0 : 1);
JS
node try.mjs || { echo "CHANGED"; exit 1; }
