#!/usr/bin/env bash
# NLTK 3.8: the probabilities that LaplaceProbDist gives to a and b of the text aaab are 2/3 and 1/3, and any third letter has 1/6 besides; NaiveBayesClassifier, trained with 5.0 and 5.1, has no idea of 5.05.
#
# A distribution is expected to sum to 1, and smoothing to take from the seen what it gives to the unseen. Without bins, the size of the vocabulary, the seen ones are all there is, and yet each unseen one gets its share: perplexities of texts with new words are too low, the lower the more of
# them. LidstoneProbDist and ELEProbDist do the same. Features of the classifier are names, numbers as well: a value that training did not have is left out, and rows of real numbers get the shares of the classes. Nothing is said. What to do: bins=len(vocabulary); other classifiers for numbers.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-nltk=3.8-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-nltk' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-nltk=3.8-1 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-nltk_*.deb Version | sed 's/^/python3-nltk /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
from nltk.classify import NaiveBayesClassifier
from nltk.probability import FreqDist, LaplaceProbDist

seen = FreqDist("aaab")
usual, told = LaplaceProbDist(seen), LaplaceProbDist(seen, bins=26)
total = [d.prob("a") + d.prob("b") + n * d.prob("z") for d, n in ((usual, 24), (told, 24))]
rows = [({"x": 1.0}, "low"), ({"x": 1.1}, "low"), ({"x": 5.0}, "high"), ({"x": 5.1}, "high")] * 3
model = NaiveBayesClassifier.train(rows)
known, near = (model.prob_classify({"x": x}).prob("high") for x in (5.0, 5.05))
print("a, b, z:", usual.prob("a"), usual.prob("b"), usual.prob("z"), "sum over 26 letters:", total[0], "with bins=26:", total[1], "high at 5.0:", known, "at 5.05:", near)
assert abs(usual.prob("a") + usual.prob("b") - 1) < 1e-12 and usual.prob("z") > 0.16 and total[0] > 4.9 and abs(total[1] - 1) < 1e-12
assert known > 0.8 and near == 0.5
PY
/usr/bin/python3 try.py 2>log || { cat log; echo "CHANGED"; exit 1; }
