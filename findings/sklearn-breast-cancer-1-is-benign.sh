#!/usr/bin/env bash
# scikit-learn 1.2.1: in load_breast_cancer 1 is benign and 0 malignant; a row of load_digits ends at 16, not at 255; the columns of load_diabetes all have the deviation 0.048, and sex is -0.045 or 0.051.
#
# In a table named after a disease 1 is expected to be the disease: precision, recall and F1 there are those of healthy persons, and a cost of misses is charged to the wrong ones. Digits divided by 255 are all below 0.063, so that units with these as probabilities are off nearly always
# and a reconstruction of zeros is fine. Deviations of 0.048 come from columns whose squares sum to 1 over all 442 rows, test rows among them. Only target_names and the description tell. What to do: 1 - data.target; data / 16; load_diabetes(scaled=False).
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
from sklearn import __version__, datasets
print("scikit-learn", __version__)
cancer, digits, diabetes = datasets.load_breast_cancer(), datasets.load_digits(), datasets.load_diabetes()
deviation = diabetes.data.std(axis=0)
print("names of 0 and 1:", *cancer.target_names, "; ones:", cancer.target.sum(), "of", cancer.target.size, "; digits up to", digits.data.max(), "; diabetes deviations", deviation.min().round(4), deviation.max().round(4), ", sex", np.unique(diabetes.data[:, 1]).round(3))
assert list(cancer.target_names) == ["malignant", "benign"] and cancer.target.sum() == 357 and digits.data.max() == 16 and np.allclose(deviation, 0.04756515) and np.allclose((diabetes.data ** 2).sum(axis=0), 1)
PY
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
