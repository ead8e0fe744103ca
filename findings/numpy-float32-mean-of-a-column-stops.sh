#!/usr/bin/env bash
# numpy 1.24.2: the mean of a float32 column of twenty million ones is 0.84, of the same numbers as a row 1.
#
# numpy adds pairwise, so float32 is expected to do. It does so along the axis that lies contiguous in memory only: mean(axis=0) of a table
# [rows, columns] adds row after row into one float32 accumulator a column, which no longer grows at 2^24. Rates of bits come out too small, the
# deviation of a column that never changes is not 0, and initial biases, standardised inputs and reported means are wrong without a warning. What
# to do: mean(axis=0, dtype=float).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-numpy=1:1.24.2-1+deb12u1 libblas3 liblapack3 libopenblas0-pthread libgfortran5 libquadmath0 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-numpy_*.deb Version | sed 's/^/python3-numpy /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import sys
import numpy as np
table = np.ones((20_000_000, 2), np.float32)
down = table.mean(axis=0)[0]
spread = table[:2_000_000].std(axis=0)[0], table.std(axis=0)[0]
double = table.mean(axis=0, dtype=float)[0]
across = np.ascontiguousarray(table.T).mean(axis=1)[0]
print(f"mean(axis=0) {down:.4f}, its std {spread[1]:.4f} (of the first tenth {spread[0]:.4f}); transposed copy, mean(axis=1) {across:.4f}; dtype=float {double:.4f}")
sys.exit(0 if abs(down - 2 ** 24 / 20e6) < 1e-6 and spread[1] > 0.1 and across == double == 1 else "CHANGED")
PY
/usr/bin/python3 try.py
