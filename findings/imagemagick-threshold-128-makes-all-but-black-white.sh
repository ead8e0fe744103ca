#!/usr/bin/env bash
# ImageMagick 6.9.11: -threshold 128 of the levels 0, 1, 100, 128, 255 is 0, 255, 255, 255, 255; -evaluate add 10 leaves them as they are, set 128 makes 0, and subtract 1 makes 99 of 100 and 0 of 1.
#
# Of a picture of bytes 128 is expected to be the middle, and 10 ten levels. Numbers without % count in the library's own unit, of which white has 65535, whatever the picture's depth: a bit for all that is not quite black, so that noise and the soft edges of digits are on; brightness and noise that are
# added are none, and -level 0,128 is white. A build with eight bits (Q8), as other systems have it, does what was meant, with the same line. Nothing is said. What to do: -threshold 50%, and -evaluate add 4%.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends imagemagick-6.q16=8:6.9.11.60+dfsg-1.6+deb12u15 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'imagemagick-6.q16' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq imagemagick-6.q16=8:6.9.11.60+dfsg-1.6+deb12u15 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f imagemagick-6.q16_*.deb Version | sed 's/^/imagemagick-6.q16 /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
MAGICK_CONFIGURE_PATH=$PWD/root/etc/ImageMagick-6
MAGICK_CODER_MODULE_PATH=$(dirname "$(find root -name pnm.so)")
export MAGICK_CONFIGURE_PATH MAGICK_CODER_MODULE_PATH
printf 'P2\n5 1\n255\n0 1 100 128 255\n' >in.pgm
levels() { LD_LIBRARY_PATH=$lib root/usr/bin/convert-im6.q16 in.pgm "$@" -depth 8 -compress none pgm:- | tail -n +4 | xargs; }
found="$(levels -threshold 128)|$(levels -threshold 50%)|$(levels -evaluate add 10)|$(levels -evaluate set 128)|$(levels -evaluate subtract 1)|$(levels -level 0,128)"
echo "0 1 100 128 255 by -threshold 128, -threshold 50%, -evaluate add 10, set 128, subtract 1, -level 0,128: $found"
[ "$found" = "0 255 255 255 255|0 0 0 255 255|0 1 100 128 255|0 0 0 0 0|0 0 99 127 254|0 255 255 255 255" ] || { echo "CHANGED"; exit 1; }
