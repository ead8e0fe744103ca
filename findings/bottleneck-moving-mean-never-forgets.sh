#!/usr/bin/env bash
# bottleneck 1.3.5: after one large value, move_mean and move_std are wrong for the rest of the series, also far outside the window.
#
# A mean over two cells is expected to depend on two cells. move_mean adds the new cell to a running sum and takes the
# oldest off; what rounding lost beside a spike never comes back: after 1e16 once - a fill value, a counter gone wrong -
# all later means of 1 and 2 are 3, and their deviation is 1e8. pandas' rolling, which compensates, is right. What to do:
# pandas, or take out such values first.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-bottleneck=1.3.5+ds1-2+b1 python3-pandas=1.5.3+dfsg-2 python3-pandas-lib python3-dateutil python3-tz \
    python3-six python3-numpy libblas3 liblapack3 libopenblas0-pthread libgfortran5 libquadmath0 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in python3-bottleneck python3-pandas; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import sys
import warnings
import bottleneck as bn
import numpy as np
import pandas as pd
warnings.simplefilter("error")
x = np.array([1, 2, 1e16, 1, 2, 1, 2, 1, 2])
found = {"bottleneck": bn.move_mean(x, 2), "pandas": pd.Series(x).rolling(2).mean().to_numpy(), "by hand": np.r_[np.nan, (x[1:] + x[:-1]) / 2]}
print("series    ", x)
for name, mean in found.items():
    print(f"{name:10}", mean)
print("move_std of the last two", bn.move_std(x, 2)[-1], "by hand", x[-2:].std())
ok = (found["bottleneck"][4:] != 1.5).all() and (found["pandas"][4:] == 1.5).all() and (found["by hand"][4:] == 1.5).all()
sys.exit(0 if ok and bn.move_std(x, 2)[-1] != 0.5 else "CHANGED")
PY
/usr/bin/python3 try.py
