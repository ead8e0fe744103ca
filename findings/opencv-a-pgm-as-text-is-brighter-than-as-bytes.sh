#!/usr/bin/env bash
# OpenCV 4.6: the levels 0, 1, 7, 15 of a PGM with 15 as its largest are 0, 17, 119, 255 if the file has them as text (P2) and 0, 1, 7, 15 if as bytes (P5); Pillow 9.4 scales both, and 1000 of 1000 to 65535.
#
# P2 and P5 are two spellings of one picture (pnmtoplainpnm), and one array is expected of both. Digits with 16 levels, and pictures saved with as many levels as they have, are full range from one file and
# nearly black from the other. Beyond 255 OpenCV leaves levels as they are, so that 4095 of a camera's 12 bits is 4095, or 15 when read as grey; Pillow makes 65535 of it: a factor that divides by
# 65535 or by the header's largest is right for one of the two. Nothing is said. What to do: pamdepth 255 before, or read the header's number oneself.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-opencv=4.6.0+dfsg-12 python3-pil=9.4.0-1.1+deb12u1 python3-numpy 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-opencv|python3-pil|python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-opencv=4.6.0+dfsg-12 python3-pil=9.4.0-1.1+deb12u1 python3-numpy $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-opencv_*.deb Version | sed 's/^/python3-opencv /'
dpkg-deb -f python3-pil_*.deb Version | sed 's/^/python3-pil /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib:$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu:$PWD/root/usr/lib/x86_64-linux-gnu/blas:$PWD/root/usr/lib/x86_64-linux-gnu/lapack
cat >try.py <<'PY'
import sys
import cv2
import numpy as np
from PIL import Image

def levels(largest, text):
    values = [0, 1, 7, largest]
    pixels = b"%d %d %d %d\n" % tuple(values) if text else np.array(values, np.uint8 if largest < 256 else ">u2").tobytes()
    with open("picture.pgm", "wb") as file:
        file.write(b"P%d\n4 1\n%d\n" % (2 if text else 5, largest) + pixels)
    return cv2.imread("picture.pgm", cv2.IMREAD_UNCHANGED).ravel().tolist(), cv2.imread("picture.pgm", cv2.IMREAD_GRAYSCALE).ravel().tolist(), np.asarray(Image.open("picture.pgm")).ravel().tolist()

seen = {(largest, text): levels(largest, text) for largest in (15, 1000, 4095) for text in (True, False)}
for (largest, text), (raw, grey, pillow) in seen.items():
    print(f"0 1 7 {largest} of {largest}, {'P2' if text else 'P5'}: OpenCV {raw}, as grey {grey}, Pillow {pillow}")
full = [0, 17, 119, 255]
good = seen[15, True] == (full, full, full) and seen[15, False] == ([0, 1, 7, 15], [0, 1, 7, 15], full)
good &= all(seen[n, text][0][3] == n and seen[n, text][1][3] == n // 256 and seen[n, text][2][3] == 65535 for n in (1000, 4095) for text in (True, False))
sys.exit(0 if good else "CHANGED")
PY
/usr/bin/python3 try.py
