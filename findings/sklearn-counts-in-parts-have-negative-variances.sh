#!/usr/bin/env bash
# scikit-learn 1.2.1: of a table of words built the way scipy's documentation shows, StandardScaler finds the variance -1.1, and rows "of length 1" are 1.3 long.
#
# csr_matrix((data, indices, indptr)) may have a cell in several parts, which count as their sum: one entry for each word of a text is the example
# of its documentation, and toarray, sums and products are right. StandardScaler, VarianceThreshold, normalize, Binarizer, TfidfTransformer
# (document frequencies, logarithms) and BernoulliNB take each part for a cell of its own: squares of parts are added, a word that occurs twice is
# in two documents, and a column whose variance comes out negative is not scaled. All that is said is a RuntimeWarning of a square root, once
# there is one. What to do: x.sum_duplicates().
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-sklearn=1.2.1+dfsg-1 python3-sklearn-lib python3-joblib python3-threadpoolctl python3-scipy=1.10.1-2 liblbfgsb0 \
    python3-decorator python3-numpy libblas3 liblapack3 libopenblas0-pthread libgfortran5 libquadmath0 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in python3-sklearn python3-scipy; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.preprocessing import Binarizer, StandardScaler, normalize
texts = [[0, 1, 0], [1], [0, 0, 0]]
x = csr_matrix((np.ones(7), np.concatenate(texts).astype(int), [0, 3, 4, 7]))
whole = x.copy()
whole.sum_duplicates()
def seen(table):
    return (StandardScaler(with_mean=False).fit(table).var_, np.sqrt((normalize(table).toarray() ** 2).sum(axis=1)),
            Binarizer(threshold=1).transform(table).toarray().ravel(), TfidfTransformer().fit(table).idf_)
assert (x.toarray() == whole.toarray()).all() and (x.T @ x != whole.T @ whole).nnz == 0 and (x.sum(axis=0) == whole.sum(axis=0)).all()
print("counts", x.toarray().tolist())
for name, table in ("in parts", x), ("whole", whole):
    var, length, above, idf = seen(table)
    print(f"{name}: variances {var.round(3)}, lengths of normalised rows {length.round(3)}, counts above 1 {above.astype(int)}, idf {idf.round(3)}")
parts, right = seen(x), seen(whole)
assert parts[0][0] < -1 and np.isclose(right[0][0], x.toarray()[:, 0].var()) and parts[1][0] > 1.2 and np.allclose(right[1], 1)
assert parts[2].sum() == 0 and right[2].sum() == 2 and not np.isclose(parts[3][0], right[3][0])
PY
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
