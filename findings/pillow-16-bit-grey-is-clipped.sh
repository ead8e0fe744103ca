#!/usr/bin/env bash
# Pillow 9.4: convert("L") of a 16-bit grey PNG does not scale: every value of 255 and more becomes white.
#
# A ramp of 256 levels from 0 to 65535 becomes two: 0 and 255. Grey pictures of microscopes and of other programs (16 bits a pixel) turn into white
# fields, or into black-and-white ones, before they are divided by 255. What to do: numpy.asarray(image) / 65535.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-pil=9.4.0-1.1+deb12u1 python3-numpy libblas3 liblapack3 libopenblas0-pthread libgfortran5 libquadmath0 libgomp1 libimagequant0 libraqm0 \
    libtiff6 libjpeg62-turbo libopenjp2-7 libwebp7 libwebpdemux2 libwebpmux3 libxcb1 liblcms2-2 libfreetype6 libpng16-16 libbrotli1 libxau6 \
    libxdmcp6 libbsd0 libdeflate0 libjbig0 liblerc4 libzstd1 liblzma5 libmd0 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-pil_*.deb Version | sed 's/^/python3-pil /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import sys
import numpy as np
from PIL import Image
Image.fromarray((np.arange(256, dtype=np.uint16) * 257).reshape(16, 16)).save("ramp.png")
image = Image.open("ramp.png")
levels = np.unique(np.asarray(image.convert("L")))
print("mode", image.mode, "- levels in the file", len(np.unique(np.asarray(image))), "- after convert('L')", levels)
sys.exit(0 if levels.tolist() == [0, 255] else "CHANGED")
PY
/usr/bin/python3 try.py
