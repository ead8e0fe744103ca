#!/usr/bin/env bash
# Scilab 6.1.1: uint8([1 2 255]) * 0.5 is 0 0 0, uint8(3) - uint8(5) is 254, sum(uint8([200 200])) is 144; Octave says 1 1 128, 0 and 400.
#
# Whole numbers of 8 bits stay whole and go modulo 256 in sums, products and differences, and a factor of another type is made whole first: 0.5
# becomes 0, so does 1/255, and grey levels times 1/255 are a black picture; x / 255 is 0 and 1 only. The sum of a picture is below 256, its mean
# by sum / n is 0. No warning. What to do: double(x) before anything else.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq scilab-cli=6.1.1+dfsg2-6 scilab-minimal-bin scilab-data scilab-include libarpack2 libblas3 liblapack3 libopenblas0-pthread \
    libgfortran5 libquadmath0 libfftw3-double3 libhdf5-103-1 libhdf5-hl-100 libaec0 libsz2 libmatio11 libcurl4 libpcre3 libxml2 libtcl8.6 libtk8.6 \
    libumfpack5 libcholmod3 libamd2 libcamd2 libcolamd2 libccolamd2 libmetis5 libsuitesparseconfig5 libgomp1 libncurses6 libtinfo6 libicu72 \
    libbrotli1 libnghttp2-14 libpsl5 librtmp1 libssh2-1 libldap-2.5-0 libsasl2-2 libgmp10 libffi8 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f scilab-cli_*.deb Version | sed 's/^/scilab-cli /'
export SCI=$PWD/root/usr/share/scilab HOME=$PWD
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu:$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/scilab
cat >try.sce <<'SCE'
x = uint8([200 200]);
half = uint8([1 2 255]) * 0.5;
level = uint8([0 100 255]) / 255;
mprintf("sum of 200 and 200: %d (%s), * 0.5: %s, / 255: %s, 3 - 5: %d, uint8(300): %d, double first: %d\n", sum(x), typeof(sum(x)), sci2exp(double(half)), sci2exp(double(level)), uint8(3) - uint8(5), uint8(300), sum(double(x)));
if sum(x) == uint8(144) & and(half == uint8([0 0 0])) & and(level == uint8([0 0 1])) & uint8(3) - uint8(5) == uint8(254) & sum(double(x)) == 400 then mprintf("as expected by this script\n"), end
quit
SCE
root/usr/bin/scilab-cli-bin -nb -f try.sce | tee out
grep -q '^as expected by this script' out || { echo "CHANGED"; exit 1; }
