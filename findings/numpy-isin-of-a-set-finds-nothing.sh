#!/usr/bin/env bash
# numpy 1.24.2: isin([1, 2, 3], {1, 2}) is False, False, False, and so is in1d; with the list [1, 2] it is True, True, False.
#
# What is wanted is whether each number is in a collection, and a set is the collection for that in Python: pandas' isin and the operator "in" take one. numpy makes an array of its second argument, and of a set that is an array with one object, the set, which no number
# equals. A filter of held out rows, labels or units by a set keeps none, or, turned round, all of them: test rows stay in the training table, which makes results better rather than worse. keys() of a dictionary is the same. Nothing is said.
# What to do: np.isin(x, list(chosen)).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-numpy=1:1.24.2-1+deb12u1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-numpy=1:1.24.2-1+deb12u1 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-numpy_*.deb Version | sed 's/^/python3-numpy /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import numpy as np
print("numpy", np.__version__)
rows = np.array([1, 2, 3])
held = {1, 2}
kinds = {"a set": held, "keys()": {1: "", 2: ""}.keys(), "a list": list(held)}
found = {name: np.isin(rows, kind).tolist() for name, kind in kinds.items()}
left = rows[~np.isin(rows, held)].tolist()
print(found, "; rows left without those of the set:", left)
assert found == {"a set": [False] * 3, "keys()": [False] * 3, "a list": [True, True, False]} and left == [1, 2, 3]
PY
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
