#!/usr/bin/env bash
# libwebp 1.2.4: cwebp -lossless and Pillow 9.4's save("x.webp", lossless=True) give back 10, 20, 30 at an alpha of 0 as 0, 0, 0; of 16-bit grey cwebp -lossless keeps the upper byte.
#
# Lossless is expected to mean that all four numbers of a pixel come back. Where the last is 0 the other three are set to 0, as nobody sees them: four columns stored as a picture lose three wherever the fourth is 0, and of a picture with a mask what the mask hides. A format of 8 bits has no place for 16, and a picture of
# 1000 grey levels has a few afterwards. Nothing is said in either case. What to do: cwebp -lossless -exact, save(..., lossless=True, exact=True); PNG for 16 bits.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
wanted='webp=1.2.4-0.2+deb12u1 libwebp7=1.2.4-0.2+deb12u1 python3-pil python3-numpy'
# shellcheck disable=SC2086 # words wanted
missing=$(apt-get install -s --no-install-recommends $wanted 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'webp|libwebp7|python3-pil|python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq $wanted $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in webp python3-pil; do dpkg-deb -f "${name}"_*.deb Version | sed "s/^/$name /"; done
lib=$PWD/root/usr/lib/x86_64-linux-gnu
export LD_LIBRARY_PATH=$lib:$lib/blas:$lib/lapack PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages PATH=$PWD/root/usr/bin:$PATH
cat >write.py <<'P'
import numpy
from PIL import Image

levels = numpy.array([[[10, 20, 30, 0], [200, 100, 50, 1], [1, 2, 3, 255]]], numpy.uint8)
Image.fromarray(levels).save("x.png")
Image.fromarray(levels).save("pillow.webp", lossless=True)
Image.fromarray(levels).save("exact.webp", lossless=True, exact=True)
Image.fromarray(numpy.array([[0, 255, 256, 1000]], numpy.uint16)).save("grey.png")
P
/usr/bin/python3 write.py
cwebp -quiet -lossless x.png -o x.webp
cwebp -quiet -lossless -exact x.png -o kept.webp
cwebp -quiet -lossless grey.png -o grey.webp
cat >read.py <<'P'
import numpy
from PIL import Image

lost, kept = [[[0, 0, 0, 0], [200, 100, 50, 1], [1, 2, 3, 255]]], [[[10, 20, 30, 0], [200, 100, 50, 1], [1, 2, 3, 255]]]
found = {name: numpy.asarray(Image.open(name)).tolist() for name in ("x.webp", "pillow.webp", "kept.webp", "exact.webp")}
grey = numpy.asarray(Image.open("grey.webp"))[0, :, 0].tolist()
print(kept, *found.items(), "; 0, 255, 256, 1000 of 16 bits:", grey, sep="\n")
assert found["x.webp"] == found["pillow.webp"] == lost and found["kept.webp"] == found["exact.webp"] == kept and grey == [0, 0, 1, 3]
P
/usr/bin/python3 read.py || { echo "CHANGED"; exit 1; }
