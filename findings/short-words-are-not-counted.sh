#!/usr/bin/env bash
# scikit-learn 1.2.1: CountVectorizer leaves out words of one sign, also where the words are states "0", "1", "10" or letters of a sequence.
#
# A vectoriser given texts of words between blanks is expected to count each. The default pattern wants two signs at least: of "10 2 10 3 A"
# only 10 is counted, codes 0 to 9 are gone while 10 and above stay, and the same holds for TfidfVectorizer. R's tm goes further and leaves
# out words below three letters. Only where nothing at all remains an error is raised. What to do: token_pattern=r"\S+".
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
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
texts = ["10 2 10 3 A", "2 11 T"]
for maker in CountVectorizer, TfidfVectorizer:
    print(maker.__name__, list(maker().fit(texts).get_feature_names_out()), "of", sorted({word for text in texts for word in text.split()}))
whole = CountVectorizer(token_pattern=r"\S+", lowercase=False).fit(texts)
print("with token_pattern", list(whole.get_feature_names_out()))
assert list(CountVectorizer().fit(texts).get_feature_names_out()) == ["10", "11"] and len(whole.vocabulary_) == 6
PY
/usr/bin/python3 try.py || { echo "CHANGED"; exit 1; }
