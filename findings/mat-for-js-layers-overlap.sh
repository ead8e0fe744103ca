#!/usr/bin/env bash
# mat-for-js 1.1.0 (npm): of an array of 2 x 2 x 2 numbers in a MATLAB file, 1 to 8, what comes out is 1 3 3 5 and 2 4 4 6.
#
# A reader that answers nested lists for three dimensions is expected to have the numbers of the file in them. Matrices are right; from the
# third dimension on the step from one layer to the next is half as long as it should be, so that layers overlap: 5 to 8 of the second layer
# are 3 to 6. Shapes are right, nothing is thrown. Logical cells of sparse matrices are undefined. What to do: save matrices, one per layer.
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
npm install --silent --no-audit --no-fund --ignore-scripts mat-for-js@1.1.0 >/dev/null
cat >make.py <<'PY'
import numpy as np
from scipy.io import loadmat, savemat
savemat("x.mat", {"m": np.arange(1.0, 7).reshape(2, 3), "a": np.arange(1.0, 9).reshape(2, 2, 2, order="F"), "b": np.arange(1.0, 25).reshape(2, 3, 4, order="F")})
print("a[:, :, 0], a[:, :, 1] by scipy:", loadmat("x.mat")["a"].transpose(2, 0, 1).tolist())
PY
/usr/bin/python3 make.py
cat >try.js <<'JS'
const { read } = require("mat-for-js"), { readFileSync } = require("fs");
const bytes = readFileSync("x.mat"), data = read(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)).data;
console.log("mat-for-js " + require("./node_modules/mat-for-js/package.json").version);
for (const name of ["m", "a", "b"]) console.log(name + ": " + JSON.stringify(data[name]));
process.exit(JSON.stringify(data.m) === "[[1,2,3],[4,5,6]]" && JSON.stringify(data.a) === "[[[1,3],[3,5]],[[2,4],[4,6]]]" ? 0 : 1);
JS
node try.js || { echo "CHANGED"; exit 1; }
