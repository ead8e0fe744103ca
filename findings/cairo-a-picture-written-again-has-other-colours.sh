#!/usr/bin/env bash
# pycairo 1.20.1 (cairo 1.16): a PNG of four channels read and written again without a change: 200, 100, 50 at an alpha of 10 becomes 204, 102, 51; 201, 99, 3 at 1 becomes 255, 0, 0; what has alpha 0 becomes 0, 0, 0.
#
# A PNG keeps four numbers a pixel apart, and a write after a read is expected to give them back. cairo keeps colours multiplied by alpha, in 8 bits, and divides again on writing: the smaller alpha, the fewer levels are left, of alpha 1 two. Tables of four columns stored as pictures, as well as pictures
# whose last channel is a mask, have other numbers wherever that one is small; at 255 nothing changes. In memory the numbers are the products, in the order blue, green, red, alpha. Nothing is said. What to do: Pillow for numbers; three channels and a mask of its own.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
wanted='python3-cairo=1.20.1-5+b1 libcairo2=1.16.0-7 python3-pil python3-numpy'
# shellcheck disable=SC2086 # words wanted
missing=$(apt-get install -s --no-install-recommends $wanted 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-cairo|libcairo2|python3-pil|python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq $wanted $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in python3-cairo libcairo2; do dpkg-deb -f "${name}"_*.deb Version | sed "s/^/$name /"; done
cat >try.py <<'P'
import cairo
import numpy
from PIL import Image

levels = numpy.array([[[200, 100, 50, 10], [201, 99, 3, 1], [10, 20, 30, 0], [1, 2, 3, 255]]], numpy.uint8)
Image.fromarray(levels).save("x.png")
surface = cairo.ImageSurface.create_from_png("x.png")
surface.write_to_png("y.png")
again, memory = numpy.asarray(Image.open("y.png")).tolist()[0], list(bytes(surface.get_data()))[:4]
print(levels.tolist()[0], "comes back as", again, "; the first pixel in memory", memory)
assert numpy.array_equal(numpy.asarray(Image.open("x.png")), levels)
assert again == [[204, 102, 51, 10], [255, 0, 0, 1], [0, 0, 0, 0], [1, 2, 3, 255]] and memory == [2, 4, 8, 10]
P
lib=$PWD/root/usr/lib/x86_64-linux-gnu
LD_LIBRARY_PATH=$lib:$lib/blas:$lib/lapack PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages /usr/bin/python3 try.py || { echo "CHANGED"; exit 1; }
