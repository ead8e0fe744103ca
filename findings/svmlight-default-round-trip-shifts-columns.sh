#!/usr/bin/env bash
# scikit-learn 1.2.1: dump_svmlight_file and load_svmlight_file, both by their defaults, do not give a matrix back if its column 0 is empty.
#
# The writer counts columns from 0 by default (svmlight and libsvm count from 1); the reader's default "auto" takes indices as counted from
# 1 if no 0 occurs in the file. A file whose first column is never set therefore comes back with every column one to the left and one
# column fewer - in train and test files differently, if only one of them lacks that column. What to do: zero_based=True on both sides, and n_features.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
packages="python3-sklearn=1.2.1+dfsg-1 python3-sklearn-lib=1.2.1+dfsg-1 python3-numpy python3-scipy liblbfgsb0 python3-joblib python3-threadpoolctl libopenblas0-pthread libgfortran5
libquadmath0 libgomp1 libblas3 liblapack3 python3-decorator"
apt-get download -qq $packages 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-sklearn_*.deb Version | sed 's/^/python3-sklearn /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import sys
import numpy as np
from sklearn.datasets import dump_svmlight_file, load_svmlight_file
train, test = np.array([[1.0, 0, 2], [0, 3, 0]]), np.array([[0, 5.0, 0], [0, 0, 7]])
for name, x in ("train", train), ("test", test):
    dump_svmlight_file(x, [0, 1], name)
    back = load_svmlight_file(name)[0].toarray()
    print(name, x.tolist(), "->", back.tolist())
    same = back.shape == x.shape and (back == x).all()
    if same != (name == "train"):
        sys.exit("CHANGED: the default round trip")
both = load_svmlight_file("test", zero_based=True, n_features=3)[0].toarray()
sys.exit(0 if (both == test).all() else "CHANGED: zero_based=True")
PY
/usr/bin/python3 try.py
