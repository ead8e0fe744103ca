#!/usr/bin/env bash
# HDF5 1.10.8: h5dump writes 123456789.125 as 1.23457e+08, to files (-o) as well; what h5import makes of that is another data set.
#
# A dump of doubles is expected to have their digits, as ncdump's have, so that it can be compared, read and imported. Numbers are written by
# %g: six digits. Two weights that differ in the seventh are the same text, and an energy made of a table that went through a dump is off in
# the fourth digit. What to do: -m %.17g.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq hdf5-tools=1.10.8+repack1-1 libhdf5-103-1=1.10.8+repack1-1 libhdf5-hl-100=1.10.8+repack1-1 libaec0 libsz2 libcurl4 \
    libnghttp2-14 librtmp1 libssh2-1 libpsl5 libldap-2.5-0 libsasl2-2 libbrotli1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f hdf5-tools_*.deb Version | sed 's/^/hdf5-tools /'
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu

printf '%s\n' 'RANK 1' 'DIMENSION-SIZES 3' 'PATH W' 'INPUT-CLASS TEXTFPE' 'INPUT-SIZE 64' 'OUTPUT-CLASS FP' 'OUTPUT-SIZE 64' >how.txt
echo '1.234567891250000e8 3.333333333333333e-1 1.000000123400000e0' >in.txt
root/usr/bin/h5import in.txt -c how.txt -o w.h5 >/dev/null
dump() { root/usr/bin/h5dump "$@" w.h5 | grep '(0)'; }
cat in.txt
echo "h5dump          $(dump -d W)"
echo "h5dump -m %.17g $(dump -m %.17g -d W)"
[ "$(dump -d W | tr -d ' ')" = "(0):1.23457e+08,0.333333,1" ] || { echo "CHANGED"; exit 1; }
dump -m %.17g -d W | grep -q '123456789.125' || { echo "CHANGED"; exit 1; }
