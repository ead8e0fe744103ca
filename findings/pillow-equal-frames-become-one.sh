#!/usr/bin/env bash
# Pillow 9.4: seven frames saved as GIF, as animated PNG or as WebP come back as four, where neighbours were equal; as TIFF they are seven.
#
# Saving frames is expected to keep their number, all the more in formats without loss. A frame that equals the one before is left out, and its time added to that
# one's: frame k of a chain, of a sweep per frame or of a recording is no longer number k, labels beside it shift, and a chain that stands still looks as if it moved.
# Nothing is said. What to do: TIFF, or .npy; count n_frames.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-pil=9.4.0-1.1+deb12u1 python3-numpy 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-pil|python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-pil=9.4.0-1.1+deb12u1 python3-numpy $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-pil_*.deb Version | sed 's/^/python3-pil /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib:$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import numpy as np
import PIL
from PIL import Image
levels = [0, 0, 0, 255, 255, 0, 100]
frames = [Image.fromarray(np.full((4, 4), level, np.uint8)) for level in levels]
def back(kind, **options):
    frames[0].save("frames." + kind, save_all=True, append_images=frames[1:], **options)
    image, found = Image.open("frames." + kind), []
    for i in range(image.n_frames):
        image.seek(i)
        found.append(int(np.asarray(image.convert("RGB"))[0, 0, 0]))
    return found
print("pillow", PIL.__version__, "levels saved", levels)
found = {"gif": back("gif"), "png": back("png"), "webp": back("webp", lossless=True), "tiff": back("tiff")}
for kind, values in found.items():
    print(kind, len(values), "frames", values)
assert found["gif"] == found["png"] == found["webp"] == [0, 255, 0, 100] and found["tiff"] == levels
PY
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
