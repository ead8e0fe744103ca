#!/usr/bin/env bash
# scikit-learn 1.2.1: the distance of 1700000005 to 1700000003 is 0, to 1700000000 it is 22.6, and the nearest row is another.
#
# euclidean_distances of float64 is expected to be right to float64. It computes x*x - 2xy + y*y, which is fast, and of
# numbers around 1e9 keeps nothing below some tens: unix times, positions, masses that were not standardised are at
# distance 0 from their neighbours, or far off. NearestNeighbors and KNeighborsClassifier with algorithm="brute" (their
# choice for tables of more than 15 columns) use it, the tree gives the right answer. What to do: subtract the mean first,
# or scipy.spatial.distance.cdist.
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
import sys
import warnings
import numpy as np
from scipy.spatial.distance import cdist
from sklearn.metrics import euclidean_distances
from sklearn.neighbors import NearestNeighbors
warnings.simplefilter("error")
x = 1.7e9 + np.array([[0.0], [0.5], [3.0], [6.0]])
found, exact = euclidean_distances(x[:1] + 5, x)[0], cdist(x[:1] + 5, x)[0]
print("distances of 1.7e9 + 5 and 1.7e9 + 0, 0.5, 3, 6:", found, "by cdist", exact, "after subtraction", euclidean_distances([[5.0]], x - 1.7e9)[0])
nearest = {way: NearestNeighbors(n_neighbors=1, algorithm=way).fit(x).kneighbors(x[:1] + 5)[1].item() for way in ("brute", "kd_tree")}
print("nearest row", nearest)
ok = abs(found - exact).max() > 1 and nearest["kd_tree"] == 3 and np.allclose(euclidean_distances([[5.0]], x - 1.7e9)[0], exact)
sys.exit(0 if ok and nearest["brute"] != 3 else "CHANGED")
PY
/usr/bin/python3 try.py
