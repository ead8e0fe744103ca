#!/usr/bin/env bash
# scikit-learn 1.2.1: roc_auc_score of the labels "control" and "case" is 0 for scores that are high for cases, of "healthy" and "sick" 1; average_precision_score refuses the same words unless told which one counts.
#
# Scores of cases are expected to be scores for "case", or the function to ask. The label that comes last in the alphabet is the positive one: control after case, normal after mutant, real after generated. An area of 0.2 is taken for a model that is worse
# than chance and turned round. Of -1 and 1, and of 0 and 1, all is as expected. Nothing is said. What to do: roc_auc_score(y == "case", scores).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-sklearn=1.2.1+dfsg-1 python3-sklearn-lib python3-numpy 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-sklearn|python3-sklearn-lib|python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-sklearn=1.2.1+dfsg-1 python3-sklearn-lib python3-numpy $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-sklearn_*.deb Version | sed 's/^/python3-sklearn /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import numpy as np
from sklearn import __version__
from sklearn.metrics import average_precision_score, roc_auc_score
print("scikit-learn", __version__)
scores = [0.1, 0.2, 0.8, 0.9]
pairs = [("control", "case"), ("healthy", "sick"), ("normal", "mutant")]
found = {" ".join(pair): roc_auc_score(np.repeat(pair, 2), scores) for pair in pairs}
told = roc_auc_score(np.repeat(pairs[0], 2) == "case", scores)
try:
    average_precision_score(np.repeat(pairs[0], 2), scores)
    refused = False
except ValueError:
    refused = True
print("area where the second has the high scores:", found, "; y == 'case':", told, "; average_precision_score refuses:", refused)
assert list(found.values()) == [0, 1, 0] and told == 1 and refused
PY
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
