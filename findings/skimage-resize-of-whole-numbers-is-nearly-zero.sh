#!/usr/bin/env bash
# scikit-image 0.19.3: resize of a grey picture 0 to 255 held as int64 answers values up to 3e-17, as int32 1e-7, as uint8 1, as float 255.
#
# Functions on pictures convert whole numbers to floats by dividing by the largest number of the type. For bytes that is the scale from 0 to 1
# that one expects; numpy's own type for whole numbers, which a list or a sum of pixels has, is divided by 9.2e18. All values are "dark" but not 0,
# and nothing is said; standardising hides it, a model of values from 0 to 1 sees an empty picture. rotate, rescale and rgb2gray do the
# same. What to do: astype(numpy.uint8) first, or preserve_range=True.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-skimage=0.19.3-8 python3-skimage-lib=0.19.3-8+b1 python3-scipy liblbfgsb0 python3-numpy python3-networkx python3-packaging python3-pil python3-imageio \
    python3-tifffile python3-pywt python3-decorator python3-pkg-resources libblas3 liblapack3 libopenblas0-pthread libgfortran5 libquadmath0 libgomp1 \
    libimagequant0 libraqm0 libtiff6 libjpeg62-turbo libopenjp2-7 libwebp7 libwebpdemux2 libwebpmux3 libxcb1 liblcms2-2 libfreetype6 libpng16-16 \
    libbrotli1 libxau6 libxdmcp6 libbsd0 libdeflate0 libjbig0 liblerc4 libzstd1 liblzma5 libmd0 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-skimage_*.deb Version | sed 's/^/python3-skimage /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import sys
import warnings
import numpy as np
from skimage.color import rgb2gray
from skimage.transform import resize, rotate
warnings.simplefilter("error")
picture = np.full((8, 8), 255)
largest = {}
for kind in "uint8", "uint16", "int32", "int64", "float64":
    x = picture.astype(kind)
    largest[kind] = resize(x, (4, 4)).max(), rotate(x, 90).max(), rgb2gray(np.stack([x] * 3, 2)).max()
    print(kind, "largest value 255 -> resize %.3g, rotate %.3g, rgb2gray %.3g" % largest[kind], "- preserve_range: %.3g" % resize(x, (4, 4), preserve_range=True).max())
ok = np.allclose(largest["uint8"], 1) and np.allclose(largest["int32"], 255 / 2 ** 31) and np.allclose(largest["int64"], 255 / 2 ** 63, atol=0) and \
    np.allclose(largest["float64"], 255)
sys.exit(0 if ok else "CHANGED")
PY
/usr/bin/python3 try.py
