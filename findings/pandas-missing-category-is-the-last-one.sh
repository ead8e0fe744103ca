#!/usr/bin/env bash
# pandas 1.5.3 with numpy 1.24.2: a missing category has the code -1, and an array indexed by the codes gives it the last category's row.
#
# An error is expected where there is no category, or a gap. cat.codes and factorize say -1, and for numpy -1 is the last entry: embeddings,
# class weights, priors and one-hot rows (np.eye(k)[codes]) of rows without a value are those of the last category, which so has
# more rows than were seen. np.bincount alone refuses. What to do: look for codes < 0 first, or pd.get_dummies(dummy_na=True).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-pandas=1.5.3+dfsg-2 python3-pandas-lib=1.5.3+dfsg-2 python3-dateutil python3-tz python3-six \
    python3-numpy=1:1.24.2-1+deb12u1 libblas3 liblapack3 libopenblas0-pthread libgfortran5 libquadmath0 \
    libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
dpkg-deb -f python3-pandas_*.deb Version | sed 's/^/python3-pandas /'
cat >try.py <<'PY'
import numpy as np
import pandas as pd
plan = pd.Series(["basic", None, "pro", "basic", None], dtype="category")
rows = np.eye(2)[plan.cat.codes]
weights = np.array([0.5, 4.0])[pd.factorize(plan)[0]]
print("codes", plan.cat.codes.tolist(), " one-hot", rows.tolist(), " weights", weights.tolist())
assert plan.cat.codes.tolist() == [0, -1, 1, 0, -1]
assert rows.sum(0).tolist() == [2.0, 3.0] and weights.tolist() == [0.5, 4.0, 4.0, 0.5, 4.0]
try:
    np.bincount(plan.cat.codes)
    raise SystemExit("CHANGED")
except ValueError as e:
    print("bincount:", e)
PY
/usr/bin/python3 try.py || { echo "CHANGED"; exit 1; }
