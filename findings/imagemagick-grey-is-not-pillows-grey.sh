#!/usr/bin/env bash
# ImageMagick 6.9.11: grey made of a colour is another than in Pillow, netpbm, GraphicsMagick and Octave: green 182 beside 149 or 150, blue 18 beside 29.
#
# All are expected to weigh the colours alike, as 0.299 R + 0.587 G + 0.114 B. convert -colorspace gray, which once did, weighs 0.213, 0.715 and 0.072
# (Rec. 709), and so does writing to PGM. A set of pictures made grey in a shell and pictures made grey in Python before the model is asked are
# apart by up to 32 of 255 levels. What to do: -grayscale rec601luma.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq imagemagick-6.q16=8:6.9.11.60+dfsg-1.6+deb12u15 imagemagick-6-common libmagickcore-6.q16-6 libmagickwand-6.q16-6 netpbm=2:11.01.00-2 \
    libnetpbm11 python3-pil=9.4.0-1.1+deb12u1 python3-numpy libblas3 liblapack3 libopenblas0-pthread libgfortran5 libquadmath0 libgomp1 libfftw3-double3 liblqr-1-0 \
    libltdl7 libglib2.0-0 libpcre2-8-0 libfontconfig1 libxml2 libicu72 libx11-6 libxext6 libimagequant0 libraqm0 libtiff6 libjpeg62-turbo libopenjp2-7 \
    libwebp7 libwebpdemux2 libwebpmux3 libxcb1 liblcms2-2 libfreetype6 libpng16-16 libbrotli1 libxau6 libxdmcp6 libbsd0 libdeflate0 libjbig0 liblerc4 \
    libzstd1 liblzma5 libmd0 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in imagemagick-6.q16 netpbm python3-pil; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
lib=$PWD/root/usr/lib/x86_64-linux-gnu
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages LD_LIBRARY_PATH=$lib/openblas-pthread:$lib
MAGICK_CONFIGURE_PATH=$PWD/root/etc/ImageMagick-6
MAGICK_CODER_MODULE_PATH=$(dirname "$(find root -name pnm.so)")
export MAGICK_CONFIGURE_PATH MAGICK_CODER_MODULE_PATH
printf 'P6 4 1 255\n\377\0\0\0\377\0\0\0\377\310\144\062' >colours.ppm
levels() { tail -c 4 "$1" | od -An -tu1 | xargs; }
root/usr/bin/convert-im6.q16 colours.ppm -colorspace gray -depth 8 im.pgm
root/usr/bin/convert-im6.q16 colours.ppm -grayscale rec601luma -depth 8 rec601.pgm
root/usr/bin/ppmtopgm colours.ppm >netpbm.pgm
/usr/bin/python3 -c 'from PIL import Image; Image.open("colours.ppm").convert("L").save("pillow.pgm")'
for name in im rec601 netpbm pillow; do echo "red, green, blue, brown in $name: $(levels $name.pgm)"; done
[ "$(levels im.pgm) $(levels rec601.pgm) $(levels pillow.pgm)" = "54 182 18 117 76 149 29 124 76 150 29 124" ] || { echo CHANGED; exit 1; }
