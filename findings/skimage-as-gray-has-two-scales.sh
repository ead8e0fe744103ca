#!/usr/bin/env bash
# scikit-image 0.19.3: imread(file, as_gray=True) gives 0 to 1 for a picture in colour and 0 to 255 for a grey one.
#
# An option that makes pictures alike is expected to make them alike. Colour is turned into floats from 0 to 1, what is grey already is handed
# out as it is: in a folder of both, grey pictures are 255 times as bright, and all of one class may be. Which of the two a scan is, is not
# seen. What to do: img_as_float(imread(...)).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-skimage=0.19.3-8 python3-skimage-lib=0.19.3-8+b1 python3-pil python3-imageio python3-tifffile python3-pywt \
    python3-networkx python3-packaging python3-pkg-resources python3-scipy liblbfgsb0 python3-decorator python3-numpy libblas3 liblapack3 \
    libopenblas0-pthread libgfortran5 libquadmath0 libgomp1 libimagequant0 libraqm0 libtiff6 libjpeg62-turbo libopenjp2-7 libwebp7 libwebpdemux2 \
    libwebpmux3 libxcb1 liblcms2-2 libfreetype6 libpng16-16 libbrotli1 libxau6 libxdmcp6 libbsd0 libdeflate0 libjbig0 liblerc4 libzstd1 liblzma5 \
    libmd0 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-skimage_*.deb Version | sed 's/^/python3-skimage /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import numpy as np
from PIL import Image
from skimage import img_as_float
from skimage.io import imread
Image.fromarray(np.full((4, 4), 128, np.uint8)).save("grey.png")
Image.fromarray(np.full((4, 4, 3), 128, np.uint8)).save("colour.png")
found = [imread(name, as_gray=True) for name in ("colour.png", "grey.png")]
print("colour", found[0].dtype, round(found[0][0, 0], 4), "; grey", found[1].dtype, found[1][0, 0], "; img_as_float of both", *(round(img_as_float(f)[0, 0], 4) for f in found))
assert abs(found[0][0, 0] - 128 / 255) < 1e-6 and found[1][0, 0] == 128
PY
/usr/bin/python3 try.py || { echo "CHANGED"; exit 1; }
