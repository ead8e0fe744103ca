#!/usr/bin/env bash
# Octave 7.3: what `save` writes of eye(3) is a column of three ones, of 0:0.25:1 the three numbers 0 1 0.25, of a permutation of rows a list.
#
# Octave keeps such matrices in a short form until an element is assigned, and its own text format stores that form: types "diagonal
# matrix", "double_range" (base, limit, increment) and "permutation matrix". With -hdf5 the range is a compound of three fields, while eye(3) is
# full; with -v7 both are full. A reader that knows "matrix" and "scalar" fails, or takes five values for three. What to do: read the types, or
# save full(x).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq octave=7.3.0-2 octave-common=7.3.0-2 libaec0 libamd2 libaom3 libarpack2 libbrotli1 libcamd2 libccolamd2 libcholmod3 libcolamd2 libcurl3-gnutls libcurl4 libcxsparse3 \
    libdav1d6 libde265-0 libdeflate0 libfftw3-double3 libfftw3-single3 libfontconfig1 libfreetype6 libgfortran5 libgl1 libgl2ps1.4 \
    libglu1-mesa libglvnd0 libglx0 libgomp1 libgraphicsmagick++-q16-12 libgraphicsmagick-q16-3 libhdf5-103-1 libheif1 libhwy1 libjbig0 \
    libjpeg62-turbo libjxl0.7 libldap-2.5-0 liblcms2-2 liblerc4 libmetis5 libnghttp2-14 libnuma1 libopenblas0-pthread libopengl0 \
    libpcre3 libpng16-16 libpsl5 libqrupdate1 libquadmath0 librtmp1 libsasl2-2 libspqr2 libssh2-1 libsuitesparseconfig5 libsz2 \
    libtiff6 libumfpack5 libwebp7 libwebpmux3 libwmflite-0.2-7 libx11-6 libx265-199 libxau6 libxcb1 libxdmcp6 libxext6 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f octave_*.deb Version | sed 's/^/octave /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
LD_LIBRARY_PATH=$(dirname "$(find root -name 'liboctave.so*' | head -n 1)"):$lib:$PWD/root/usr/lib:$lib/openblas-pthread
export LD_LIBRARY_PATH OCTAVE_HOME=$PWD/root/usr
"$(readlink -f "$(find root/usr/bin -name "octave-cli*" -type f | head -n 1)")" -q --no-init-file --eval 'x = eye (3); save -text eye.txt x; r = 0:0.25:1; save -text range.txt r; p = eye (3)(:, [2 3 1]); save -text perm.txt p;' 2>log || true
for f in eye range perm; do sed '/^$/d; 1d' $f.txt; done
values() { grep -v '^#' "$1" | tr -s '\n ' ' ' | sed 's/^ //; s/ $//'; }
[ "$(values eye.txt)" = "1 1 1" ] && [ "$(values range.txt)" = "0 1 0.25" ] && [ "$(values perm.txt)" = "2 3 1" ] || { echo "CHANGED"; exit 1; }
