#!/usr/bin/env bash
# gensim 4.2.0: Sparse2Corpus of a matrix with a document in each row, as CountVectorizer makes it, has a document for each column; a topic model of it runs.
#
# Rows are documents in scikit-learn and everywhere else in Python. Sparse2Corpus takes columns by default, and corpus2csc, which goes back,
# makes such a matrix: numbers of words become documents and documents words, LdaModel learns topics of documents, and nothing fails, as any
# numbers are words to it. Only its length tells. What to do: documents_columns=False.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-gensim=4.2.0+dfsg-1+deb12u1 python3-scipy python3-numpy 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-gensim|python3-scipy|python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-gensim=4.2.0+dfsg-1+deb12u1 python3-scipy python3-numpy $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-gensim_*.deb Version | sed 's/^/python3-gensim /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import gensim
import numpy as np
import scipy.sparse as sp
from gensim.matutils import Sparse2Corpus
from gensim.models import LdaModel
print("gensim", gensim.__version__)
x = sp.csr_matrix(np.array([[1, 0, 2], [0, 3, 0]]))
usual, told = Sparse2Corpus(x), Sparse2Corpus(x, documents_columns=False)
model = LdaModel(list(usual), num_topics=2, random_state=0)
print("2 documents of 3 words: documents", len(usual), list(usual), ", words in a model of it", model.num_terms, "; documents_columns=False:", len(told), list(told))
assert len(usual) == 3 and model.num_terms == 2 and [dict(d) for d in told] == [{0: 1, 2: 2}, {1: 3}]
PY
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
