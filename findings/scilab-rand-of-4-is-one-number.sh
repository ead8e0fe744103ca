#!/usr/bin/env bash
# Scilab 6.1.1: rand(4), ones(5), zeros(3) and eye(3) are one number each, where MATLAB and Octave make square matrices.
#
# One argument is taken for a matrix, whose size the result has, and 4 is a matrix of 1 x 1. Programs that come from the others run on: a scalar
# goes with matrices of any size, so that a + 0.01 * rand(4) adds one and the same draw to all weights, and ones(5) * x scales instead of summing.
# Nothing is said. The same rule makes zeros([3 3]) a row of two. What to do: always two sizes, rand(4, 4).
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
w = zeros(4, 4) + 0.01 * rand(4);
mprintf("size of rand(4): %s, zeros(3): %s, eye(3): %s, ones([3 3]): %s\n", sci2exp(size(rand(4))), sci2exp(size(zeros(3))), sci2exp(size(eye(3))), sci2exp(size(ones([3 3]))));
mprintf("4 x 4 weights with 0.01 * rand(4) added: %d different values\n", size(unique(w), "*"));
if isequal(size(rand(4)), [1 1]) & isequal(size(eye(3)), [1 1]) & isequal(size(ones([3 3])), [1 2]) & size(unique(w), "*") == 1 & isequal(size(rand(4, 4)), [4 4]) then mprintf("as expected by this script\n"), end
quit
SCE
root/usr/bin/scilab-cli-bin -nb -f try.sce | tee out
grep -q '^as expected by this script' out || { echo "CHANGED"; exit 1; }
