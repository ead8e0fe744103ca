#!/usr/bin/env bash
# pyclustering 0.10.1: the silhouette of rows that overlap is 0.77 where scikit-learn's is 0.57, as distances are squared; and DBSCAN with neighbors=2 needs three rows where min_samples=2 needs two.
#
# A silhouette is expected to be of the distances one clusters by, Euclidean ones by default. Squares are taken: values are nearer to 1 throughout, what is called "strong" in tables of such values is weak, and the number of clusters with the largest
# one can be another. DBSCAN counts neighbours without the row itself, unlike the paper and scikit-learn, so that with the same two numbers pairs are noise here.
# Nothing is said. What to do: metric=distance_metric(type_metric.EUCLIDEAN); neighbors = min_samples - 1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-pyclustering python3-sklearn 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-pyclustering|python3-scipy|python3-numpy|python3-sklearn|python3-sklearn-lib|libblas3|liblapack3' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-pyclustering=0.10.1.2-2 python3-scipy python3-numpy python3-sklearn python3-sklearn-lib libblas3 liblapack3 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in python3-pyclustering python3-sklearn; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
# matplotlib is asked for its data when pyclustering is loaded
touch matplotlibrc
if [ -f root/usr/lib/python3/dist-packages/matplotlib/__init__.py ]; then sed -i "s#/usr/share/matplotlib#$PWD/root/usr/share/matplotlib#g" root/usr/lib/python3/dist-packages/matplotlib/__init__.py; fi
lib=$PWD/root/usr/lib/x86_64-linux-gnu
export MATPLOTLIBRC=$PWD/matplotlibrc MPLBACKEND=agg PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages LD_LIBRARY_PATH=$PWD/root/usr/lib:$lib:$lib/blas:$lib/lapack
cat >try.py <<'PY'
import sys
import warnings
import numpy as np
warnings.simplefilter("ignore")
from pyclustering.cluster.dbscan import dbscan
from pyclustering.cluster.silhouette import silhouette
from pyclustering.utils.metric import distance_metric, type_metric
from sklearn.cluster import DBSCAN
from sklearn.metrics import silhouette_score
rows = np.random.RandomState(1).normal(size=(60, 2))
rows[30:] += 2.5
labels = np.repeat([0, 1], 30)
clusters = [list(range(30)), list(range(30, 60))]
here = np.mean(silhouette(rows.tolist(), clusters, ccore=False).process().get_score())
euclidean = np.mean(silhouette(rows.tolist(), clusters, metric=distance_metric(type_metric.EUCLIDEAN), ccore=False).process().get_score())
there = silhouette_score(rows, labels)
pairs = [[0.0], [0.1], [5.0], [5.1]]
model = dbscan(pairs, 0.2, 2, ccore=False)
model.process()
print("silhouette of pyclustering: %.3f, with EUCLIDEAN %.3f, of scikit-learn %.3f" % (here, euclidean, there))
print("two pairs, 2 neighbours: clusters", model.get_clusters(), "noise", model.get_noise(), "; scikit-learn with min_samples=2:", DBSCAN(eps=0.2, min_samples=2).fit(pairs).labels_)
sys.exit(0 if here > there + 0.15 and abs(euclidean - there) < 1e-9 and model.get_noise() == [0, 1, 2, 3] and DBSCAN(eps=0.2, min_samples=2).fit(pairs).labels_.tolist() == [0, 0, 1, 1] else "CHANGED")
PY
/usr/bin/python3 try.py 2>/dev/null || { echo "CHANGED"; exit 1; }
