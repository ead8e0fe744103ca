#!/usr/bin/env bash
# OpenCV 4.6 (Python): subtracting the means of four columns takes the first mean away from all of them, and scaling four rows multiplies all by the first factor.
#
# Arrays of other shapes are expected to fit as in numpy or to be an error, and for three or five columns it is one. Four numbers are what OpenCV calls a scalar, one
# for each channel of a picture; a table has one channel, so that the first number counts and three are dropped. cv2.add, subtract, multiply, divide and
# absdiff all do it. A test with two or three columns fails with a message, so that code that ran for four is thought right. What to do: numpy's operators.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-opencv=4.6.0+dfsg-12 python3-numpy 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-opencv|python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-opencv=4.6.0+dfsg-12 python3-numpy $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-opencv_*.deb Version | sed 's/^/python3-opencv /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib:$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import cv2
import numpy as np
def answer(f, *with_):
    try:
        return f(*with_).tolist()
    except cv2.error:
        return "error"
found = {}
for columns in 3, 4, 5:
    x = np.arange(2.0 * columns).reshape(2, columns)
    found[columns] = answer(cv2.subtract, x, x.mean(axis=0))
    print(columns, "columns less their means:", found[columns])
rows = np.array([[1.0, 1], [1, 1], [1, 1], [1, 1]])
scaled = answer(cv2.multiply, rows, np.array([[1.0], [10], [100], [1000]]))
print("opencv", cv2.__version__, "four rows of ones times 1, 10, 100, 1000:", scaled)
assert found[3] == found[5] == "error" and found[4] == [[-2, -1, 0, 1], [2, 3, 4, 5]] and scaled == rows.tolist()
PY
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
