#!/usr/bin/env bash
# skorch 0.12.1: NeuralNetRegressor(...).fit(x, y) of 100 rows learns from 80; the first 20, in the order of the table, are never seen.
#
# fit is expected to use the rows that it is given, as every estimator of scikit-learn, whose interface skorch has, does. A fifth is held
# out for the loss that is printed, and for a regression that fifth is the beginning, not shuffled: of a table by time, by dose or by class
# the lowest values are extrapolated. A cross-validation around it learns from 64 of 100. Only the printed columns hint at it. What to do:
# train_split=None.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-skorch=0.12.1-2 python3-torch=1.13.1+dfsg-4 libtorch1.13=1.13.1+dfsg-4 python3-sklearn python3-sklearn-lib python3-numpy 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-skorch|python3-torch|libtorch1.13|python3-sklearn|python3-sklearn-lib|python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-skorch=0.12.1-2 python3-torch=1.13.1+dfsg-4 libtorch1.13=1.13.1+dfsg-4 python3-sklearn python3-sklearn-lib python3-numpy $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-skorch_*.deb Version | sed 's/^/python3-skorch /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import numpy as np
import torch
from skorch import NeuralNetRegressor
seen = []
class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(1, 1)
    def forward(self, x):
        if self.training:
            seen.extend(x[:, 0].tolist())
        return self.layer(x)
x = np.arange(100, dtype=np.float32)[:, None]
def rows(**more):
    seen.clear()
    NeuralNetRegressor(Model, max_epochs=3, verbose=0, lr=1e-6, **more).fit(x, x)
    return sorted(set(seen))
usual, whole = rows(), rows(train_split=None)
print("rows learned from:", len(usual), "of 100, from row", usual[0], "to", usual[-1], "; with train_split=None:", len(whole))
assert usual == list(range(20, 100)) and whole == list(range(100))
PY
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
