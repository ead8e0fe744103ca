#!/usr/bin/env bash
# FreeImage 3.18: of a picture 3 wide and 2 high FreeImage_GetScanLine(b, 0) is the last row, and so is GetPixelIndex(b, 0, 0, ...); ConvertToStandardType makes 0 and 255 of 0.4 and 0.6; a green pixel made grey is 182.
#
# Row 0 is expected to be the first one, as in libpng, stb_image, OpenCV and the file itself. Rows are counted from below, as in BMP: a model sees each picture upside down, which for noise, textures and letters such as O and H shows nowhere, and FreeImage writes what it read the right way round. A picture of floats
# is stretched from its smallest to its largest value unless told otherwise, each picture by another factor. Nothing is said. What to do: FreeImage_ConvertToRawBits(..., TRUE), which turns rows round; scale_linear FALSE after a multiplication by 255.
set -euo pipefail
command -v gcc >/dev/null || { echo "needs gcc"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends libfreeimage3=3.18.0+ds2-9+deb12u1 libfreeimage-dev=3.18.0+ds2-9+deb12u1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'libfreeimage3|libfreeimage-dev' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq libfreeimage3=3.18.0+ds2-9+deb12u1 libfreeimage-dev=3.18.0+ds2-9+deb12u1 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f libfreeimage3_*.deb Version | sed 's/^/libfreeimage3 /'
printf 'P5\n3 2\n255\n\1\2\3\4\5\6' >in.pgm
printf 'P6\n1 1\n255\n\0\377\0' >green.ppm
cat >try.c <<'C'
#include <FreeImage.h>
#include <stdio.h>

int main(void)
{
    FreeImage_Initialise(0);
    FIBITMAP *b = FreeImage_Load(FIF_PGMRAW, "in.pgm", 0), *green = FreeImage_Load(FIF_PPMRAW, "green.ppm", 0), *real = FreeImage_AllocateT(FIT_FLOAT, 2, 1, 32, 0, 0, 0);
    BYTE *row = FreeImage_GetScanLine(b, 0), pixel = 0, top[6] = {0};
    float *reals = (float *)FreeImage_GetScanLine(real, 0);
    reals[0] = 0.4F;
    reals[1] = 0.6F;
    FreeImage_GetPixelIndex(b, 0, 0, &pixel);
    FreeImage_ConvertToRawBits(top, b, 3, 8, 0, 0, 0, TRUE);
    BYTE *stretched = FreeImage_GetScanLine(FreeImage_ConvertToStandardType(real, TRUE), 0), grey = FreeImage_GetScanLine(FreeImage_ConvertToGreyscale(green), 0)[0];
    printf("rows 1 2 3 and 4 5 6: scan line 0 is %d %d %d, pixel (0, 0) %d, raw bits from above %d %d %d; 0.4 and 0.6: %d %d; green: %d\n", row[0], row[1], row[2], pixel, top[0], top[1], top[2], stretched[0], stretched[1], grey);
    return !(row[0] == 4 && pixel == 4 && top[0] == 1 && stretched[0] == 0 && stretched[1] == 255 && grey == 182);
}
C
lib=$PWD/root/usr/lib/x86_64-linux-gnu
gcc -w -Iroot/usr/include try.c -L"$lib" -Wl,-rpath,"$lib" -Wl,--allow-shlib-undefined -l:libfreeimage.so.3 -o try
LD_LIBRARY_PATH=$lib ./try || { echo "CHANGED"; exit 1; }
