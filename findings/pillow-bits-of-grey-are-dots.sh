#!/usr/bin/env bash
# Pillow 9.4: convert("1") of an even grey picture is a pattern of dots, and fromarray(bits, "1") of bytes 0 and 1 another picture.
#
# Black and white is expected to be a threshold at the middle: 100 of 255 is black everywhere. convert("1") spreads the
# error to neighbours as printers do: of a field of 100, four in ten pixels are white, here and there. fromarray with mode
# "1" takes an array of bytes for packed bits, eight pixels a byte, and does not mind that most of it is left over. What
# to do: convert("1", dither=Image.Dither.NONE); fromarray of a bool array without a mode.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-pil=9.4.0-1.1+deb12u1 python3-numpy libblas3 liblapack3 libopenblas0-pthread libgfortran5 libquadmath0 libgomp1 \
    libimagequant0 libraqm0 libtiff6 libjpeg62-turbo libopenjp2-7 libwebp7 libwebpdemux2 libwebpmux3 libxcb1 liblcms2-2 libfreetype6 libpng16-16 \
    libbrotli1 libxau6 libxdmcp6 libbsd0 libdeflate0 libjbig0 liblerc4 libzstd1 liblzma5 libmd0 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-pil_*.deb Version | sed 's/^/python3-pil /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import sys
import numpy as np
from PIL import Image
grey = Image.fromarray(np.full((28, 28), 100, np.uint8))
share = [np.asarray(grey.convert("1", dither=dither)).mean() for dither in (None, Image.Dither.NONE)]
print("white pixels of a field of grey 100: convert('1')", round(share[0], 3), "with Dither.NONE", share[1])
bits = np.array([[0, 1, 0, 1, 1, 1, 0, 0], [1, 1, 1, 1, 0, 0, 0, 0]], np.uint8)
as_bytes = np.asarray(Image.fromarray(bits, "1")).astype(int)
as_bool = np.asarray(Image.fromarray(bits.astype(bool))).astype(int)
print("bits                   ", bits.tolist())
print("fromarray(bits, '1')   ", as_bytes.tolist())
print("fromarray of a bool one", as_bool.tolist())
sys.exit(0 if 0.35 < share[0] < 0.45 and share[1] == 0 and (as_bytes != bits).sum() > 6 and (as_bool == bits).all() else "CHANGED")
PY
/usr/bin/python3 try.py
