#!/usr/bin/env bash
# statsmodels 0.13.5: five calls of MICEData.next_sample() give one table five times, with no variance between imputations.
#
# Each call is expected to return an imputed table of its own. It returns the object's one frame, filled in anew: a list of five results holds
# the last imputation five times, the variance between imputations is 0, and Rubin's standard errors are too small. (What is given for the first
# is right at that moment, so printing as one goes shows five tables.) What to do: next_sample().copy().
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-statsmodels=0.13.5+dfsg-7 python3-statsmodels-lib=0.13.5+dfsg-7 python3-pandas=1.5.3+dfsg-2 python3-pandas-lib=1.5.3+dfsg-2 python3-patsy \
    python3-packaging python3-scipy liblbfgsb0 python3-numpy python3-dateutil python3-tz python3-six python3-decorator libblas3 liblapack3 libopenblas0-pthread \
    libgfortran5 libquadmath0 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-statsmodels_*.deb Version | sed 's/^/python3-statsmodels /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import sys
import numpy as np
import pandas as pd
from statsmodels.imputation.mice import MICEData
rng = np.random.default_rng(0)
table = pd.DataFrame(rng.normal(size=(100, 2)), columns=["a", "b"])
table.loc[:39, "b"] = np.nan

def means(take):
    np.random.seed(1)
    imputed = MICEData(table)
    return [x.b.mean() for x in [take(imputed.next_sample()) for _ in range(5)]]

kept, copied = means(lambda x: x), means(lambda x: x.copy())
print("means of b in five imputations, as returned:", np.round(kept, 4), "copied:", np.round(copied, 4))
print("variance between them:", np.var(kept), "copied:", np.var(copied).round(6))
sys.exit(0 if len(set(kept)) == 1 and len(set(copied)) == 5 and kept[0] == copied[4] else "CHANGED")
PY
/usr/bin/python3 try.py
