#!/usr/bin/env bash
# scipy 1.10.1: savemat of the list ["low", "high"] writes "low " and "high"; loadmat gives them back so, and "low " is not "low".
#
# A list of words becomes a matrix of letters, whose rows have one length. Classes that went through a .mat file compare unequal to those that
# did not: a mean over labels == "low" is one of nothing, 0 of 0, and a set of classes grows from 2 to 3 where files are joined. The longest word
# alone comes back as it was. What to do: numpy.array(words, dtype=object) makes a cell array; or strip when reading.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-scipy=1.10.1-2 liblbfgsb0 python3-decorator python3-numpy libblas3 liblapack3 libopenblas0-pthread libgfortran5 \
    libquadmath0 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-scipy_*.deb Version | sed 's/^/python3-scipy /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import sys
import warnings
import numpy as np
from scipy.io import loadmat, savemat
warnings.simplefilter("error")
words = ["low", "high", "low"]
savemat("words.mat", {"list": words, "array": np.array(words), "cells": np.array(words, dtype=object)})
back = loadmat("words.mat")
cells = [str(word[0]) for word in back["cells"].ravel()]
print("written", words, "\nlist   ", back["list"].tolist(), "\narray  ", back["array"].tolist(), "\ncells  ", cells)
print("rows that are 'low':", int((back["list"] == "low").sum()), "; classes of both:", len({*words, *back["list"].tolist()}))
same = back["list"].tolist() == back["array"].tolist() == ["low ", "high", "low "]
sys.exit(0 if same and cells == words and (back["list"] == "low").sum() == 0 else "CHANGED")
PY
/usr/bin/python3 try.py
