#!/usr/bin/env bash
# optipng 0.7.7 and Pillow 9.4: after lossless optimising numpy.asarray(Image.open(FILE)) of a digit has values 0, 1, 2 instead of 0 to 255.
#
# "Lossless" is expected to leave the array as it was. optipng turns a grey picture of few levels into one with a palette, where that is smaller, and
# numpy sees a palette's picture as its numbers of colours: white, 255, is 1. Pictures with many levels in the same folder stay grey, so one data
# set has two scales, by picture. Nothing is said, and viewers show no difference. What to do: .convert("L") always.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq optipng=0.7.7-2+b1 python3-pil=9.4.0-1.1+deb12u1 python3-numpy libblas3 liblapack3 libopenblas0-pthread libgfortran5 libquadmath0 libgomp1 \
    libimagequant0 libraqm0 libtiff6 libjpeg62-turbo libopenjp2-7 libwebp7 libwebpdemux2 libwebpmux3 libxcb1 liblcms2-2 libfreetype6 libpng16-16 \
    libbrotli1 libxau6 libxdmcp6 libbsd0 libdeflate0 libjbig0 liblerc4 libzstd1 liblzma5 libmd0 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in optipng python3-pil; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import subprocess
import sys
import numpy as np
from PIL import Image
y, x = np.mgrid[:28, :28]
radius = np.hypot(x - 13.5, y - 13.5)
ring = np.where((radius > 6) & (radius < 10), np.where(radius < 7, 128, 255), 0).astype(np.uint8)
seen = {}
for name, levels in ("ring", ring), ("ramp", (np.arange(784) % 251).reshape(28, 28).astype(np.uint8)):
    Image.fromarray(levels).save(name + ".png")
    subprocess.run(["root/usr/bin/optipng", "-quiet", name + ".png"], check=True)
    image = Image.open(name + ".png")
    seen[name] = image.mode, np.asarray(image).max(), (np.asarray(image.convert("L")) == levels).all()
    print(f"{name}: largest value {levels.max()}; optimised: mode {image.mode}, largest value {seen[name][1]}; convert('L') as before: {seen[name][2]}")
sys.exit(0 if seen["ring"][:2] == ("P", 2) and seen["ramp"][0] == "L" and seen["ring"][2] and seen["ramp"][2] else "CHANGED")
PY
/usr/bin/python3 try.py
