#!/usr/bin/env bash
# tifffile 2023.2.3, Pillow 9.4 and OpenCV 4.6: a TIFF whose 0 is white, as scanners and fax programs write them, is a negative from tifffile: 0 10 200 255 where the others have 255 245 55 0.
#
# The header says which end is white, and a reader into an array is expected to mind it, or all readers not to. tifffile (and scikit-image's imread, which uses it) hands out what is
# stored; Pillow and OpenCV turn it round, also of black and white pictures of one bit. Ink is 1 in one pipeline and 0 in the other, and a model trained by one is asked negatives by the other; a folder
# of both kinds of files has both. Nothing is said, and viewers show no difference. What to do: look at pages[0].photometric.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-tifffile=20230203-1 python3-opencv=4.6.0+dfsg-12 python3-pil=9.4.0-1.1+deb12u1 python3-numpy 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-tifffile|python3-opencv|python3-pil|python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-tifffile=20230203-1 python3-opencv=4.6.0+dfsg-12 python3-pil=9.4.0-1.1+deb12u1 python3-numpy $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-tifffile_*.deb Version | sed 's/^/python3-tifffile /'
dpkg-deb -f python3-pil_*.deb Version | sed 's/^/python3-pil /'
dpkg-deb -f python3-opencv_*.deb Version | sed 's/^/python3-opencv /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib:$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu:$PWD/root/usr/lib/x86_64-linux-gnu/blas:$PWD/root/usr/lib/x86_64-linux-gnu/lapack
cat >try.py <<'PY'
import sys
import cv2
import numpy as np
import tifffile
from PIL import Image

def read(pixels, photometric):
    tifffile.imwrite("scan.tif", pixels, photometric=photometric)
    readers = tifffile.imread, lambda name: np.asarray(Image.open(name)), lambda name: cv2.imread(name, cv2.IMREAD_UNCHANGED)
    return [reader("scan.tif").astype(int).ravel().tolist() for reader in readers]

grey, ink = np.array([[0, 10, 200, 255]], np.uint8), np.array([[0, 1, 1, 1, 0, 0, 0, 0]], bool)
white, black, bits = read(grey, "miniswhite"), read(grey, "minisblack"), read(ink, "miniswhite")
print("0 is white: tifffile %s, Pillow %s, OpenCV %s" % tuple(white))
print("0 is black: tifffile %s, Pillow %s, OpenCV %s" % tuple(black))
print("one bit, 0 is white: tifffile %s, Pillow %s, OpenCV %s" % tuple(bits))
stored, turned = [0, 10, 200, 255], [255, 245, 55, 0]
good = white == [stored, turned, turned] and black == [stored] * 3
good &= bits[0] == [0, 1, 1, 1, 0, 0, 0, 0] and bits[1] == [1, 0, 0, 0, 1, 1, 1, 1] and bits[2] == [255 * b for b in bits[1]]
sys.exit(0 if good else "CHANGED")
PY
/usr/bin/python3 try.py
