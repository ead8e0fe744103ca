#!/usr/bin/env bash
# libgd 2.3.3: gdImageGetPixel of a middle grey is 128 in a grey PNG, 8421504 in one in colour, and 1 in one with a palette whose second entry it is.
#
# A function that gives a pixel is expected to give its colour, in one way. Of a picture with up to 256 colours it gives the number of the entry in the palette, which for a grey PNG happens to be the level; after a lossless optimiser, or as GIF, the same picture has other numbers, 0 for its first colour. PHP's
# imagecolorat is this function. Programs tried with grey PNGs read palettes as levels. Nothing is said. What to do: gdImagePaletteToTrueColor first, or gdImageRed(im, gdImageGetPixel(im, x, y)); gdImageGetTrueColorPixel.
set -euo pipefail
command -v gcc >/dev/null || { echo "needs gcc"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends libgd3=2.3.3-9+deb12u1 libgd-dev=2.3.3-9+deb12u1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'libgd3|libgd-dev' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq libgd3=2.3.3-9+deb12u1 libgd-dev=2.3.3-9+deb12u1 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f libgd3_*.deb Version | sed 's/^/libgd3 /'
cat >make.py <<'PY'
import struct
import zlib

def part(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

def write(name, colour, pixels, palette=b""):
    with open(name, "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n" + part(b"IHDR", struct.pack(">IIBBBBB", 2, 1, 8, colour, 0, 0, 0)) + (part(b"PLTE", palette) if palette else b""))
        f.write(part(b"IDAT", zlib.compress(b"\0" + pixels)) + part(b"IEND", b""))

write("grey.png", 0, bytes([128, 200]))
write("colour.png", 2, bytes([128] * 3 + [200] * 3))
write("palette.png", 3, bytes([1, 0]), bytes([200] * 3 + [128] * 3))
PY
/usr/bin/python3 make.py
cat >try.c <<'C'
#include <gd.h>
#include <stdio.h>

static gdImagePtr read_png(const char *name)
{
    FILE *in = fopen(name, "rb");
    gdImagePtr im = gdImageCreateFromPng(in);
    fclose(in);
    return im;
}

int main(void)
{
    const char *names[3] = {"grey.png", "colour.png", "palette.png"};
    int found[3], level[3], same = 1;
    for (int i = 0; i < 3; i++) {
        gdImagePtr im = read_png(names[i]);
        found[i] = gdImageGetPixel(im, 0, 0);
        level[i] = gdImageRed(im, found[i]);
        same &= level[i] == 128;
        printf("%s, whose first pixel is 128: gdImageGetPixel %d, gdImageRed of it %d\n", names[i], found[i], level[i]);
    }
    return !(found[0] == 128 && found[1] == 8421504 && found[2] == 1 && same);
}
C
lib=$PWD/root/usr/lib/x86_64-linux-gnu
gcc -w -Iroot/usr/include try.c -L"$lib" -Wl,-rpath,"$lib" -Wl,--allow-shlib-undefined -l:libgd.so.3 -o try
LD_LIBRARY_PATH=$lib ./try || { echo "CHANGED"; exit 1; }
