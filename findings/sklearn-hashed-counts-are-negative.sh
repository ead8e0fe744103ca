#!/usr/bin/env bash
# scikit-learn 1.2.1: hashed counts of words are negative in half of the columns, and two words that share a column take each other away.
#
# A table of counts is expected to be zero or more. HashingVectorizer and FeatureHasher give every word a sign, so that collisions are right
# on average: "aa bb" can be a row of zeros, as if empty, a chi-square test or a Bernoulli or Poisson model meets -2, and x > 0 misses half of
# the words. HashingVectorizer also scales rows to length 1. What to do: alternate_sign=False, norm=None.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-sklearn=1.2.1+dfsg-1 python3-sklearn-lib python3-joblib python3-threadpoolctl python3-scipy liblbfgsb0 \
    python3-decorator python3-numpy libblas3 liblapack3 libopenblas0-pthread libgfortran5 libquadmath0 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-sklearn_*.deb Version | sed 's/^/python3-sklearn /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import numpy as np
from sklearn.feature_extraction.text import HashingVectorizer
words = " ".join(a + b for a in "abcdefgh" for b in "klmn")
signed, counts = (HashingVectorizer(n_features=16, norm=None, **o).transform([words]).toarray()[0].astype(int) for o in ({}, {"alternate_sign": False}))
print(len(words.split()), "words once each\nby default            ", *signed, "sum of amounts", np.abs(signed).sum(), "\nalternate_sign=False  ", *counts, "sum", counts.sum())
assert signed.min() < 0 and np.abs(signed).sum() < 32 and counts.sum() == 32 and counts.min() >= 0
PY
/usr/bin/python3 try.py || { echo "CHANGED"; exit 1; }
