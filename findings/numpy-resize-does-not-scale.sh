#!/usr/bin/env bash
# numpy 1.24.2: resize of a picture of 56 x 56 to 28 x 28 does not scale it; it is its first 14 rows, each cut in two.
#
# Pillow's, scikit-image's and OpenCV's resize scale. numpy.resize takes as many numbers as the new shape has from the beginning, begins again
# where there are too few, and says nothing: a digit in the lower half is a black square. The method a.resize of the same name
# fills up with zeros instead of beginning again. What to do: a[::2, ::2], a mean of blocks, or a library of pictures.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-numpy=1:1.24.2-1+deb12u1 libblas3 liblapack3 libopenblas0-pthread libgfortran5 libquadmath0 \
    libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
dpkg-deb -f python3-numpy_*.deb Version | sed 's/^/python3-numpy /'
cat >try.py <<'PY'
import numpy as np
picture = np.zeros((56, 56), np.uint8)
picture[20:, 10:40] = 255
small = np.resize(picture, (28, 28))
print("mean of the picture", picture.mean(), " resized", small.mean(), " a mean of blocks", picture.reshape(28, 2, 28, 2).mean(), flush=True)
assert (small == picture[:14].reshape(28, 28)).all() and small.max() == 0
again, zeros = np.resize([1, 2, 3], 5), np.array([1, 2, 3])
zeros.resize(5, refcheck=False)
print("resize([1, 2, 3], 5):", again, " the method:", zeros)
assert again.tolist() == [1, 2, 3, 1, 2] and zeros.tolist() == [1, 2, 3, 0, 0]
PY
/usr/bin/python3 try.py || { echo "CHANGED"; exit 1; }
