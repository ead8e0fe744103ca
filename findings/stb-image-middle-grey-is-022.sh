#!/usr/bin/env bash
# stb_image (2022-09-08): stbi_loadf of a grey PNG of 64, 128, 255 gives 0.048, 0.22, 1, not 0.25, 0.50, 1; a PGM whose largest level is 15 keeps 0, 1, 7, 15 by stbi_load, and P2, a PGM as text, is an unknown type.
#
# A picture as floats is expected to be its levels divided by 255. They are raised to the power 2.2 besides, as for light: middle grey is 0.22, means and contrasts are other ones, and white and black are right, so that a digit of two levels shows nothing. The largest level of a PGM is not looked at: white is
# nearly black. Nothing is said. What to do: stbi_ldr_to_hdr_gamma(1) before stbi_loadf, or stbi_load and a division.
set -euo pipefail
command -v gcc >/dev/null || { echo "needs gcc"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq libstb-dev=0.0~git20220908.8b5f1f3+ds-1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f libstb-dev_*.deb Version | sed 's/^/libstb-dev /'
printf 'P5\n4 1\n15\n\0\1\7\17' >few.pgm
printf 'P2\n4 1\n255\n0 64 128 255\n' >text.pgm
cat >try.c <<'C'
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb/stb_image.h>
#include <stb/stb_image_write.h>

int main(void)
{
    int w, h, n;
    unsigned char levels[4] = {0, 64, 128, 255};
    stbi_write_png("grey.png", 4, 1, 1, levels, 4);
    float *x = stbi_loadf("grey.png", &w, &h, &n, 1);
    stbi_ldr_to_hdr_gamma(1);
    float *told = stbi_loadf("grey.png", &w, &h, &n, 1);
    unsigned char *few = stbi_load("few.pgm", &w, &h, &n, 1), *text = stbi_load("text.pgm", &w, &h, &n, 1);
    printf("0 64 128 255 by stbi_loadf: %.3f %.3f %.3f %.3f, with gamma 1: %.3f %.3f %.3f %.3f; 0 1 7 15 of 15: %d %d %d %d; P2: %s\n", x[0], x[1], x[2], x[3], told[0], told[1], told[2], told[3],
           few[0], few[1], few[2], few[3], text ? "read" : stbi_failure_reason());
    return !(x[0] == 0 && x[2] > 0.21 && x[2] < 0.23 && x[3] == 1 && told[2] > 0.5 && told[2] < 0.503 && few[3] == 15 && few[2] == 7 && !text);
}
C
gcc -w -Iroot/usr/include try.c -lm -o try
./try || { echo "CHANGED"; exit 1; }
