#!/usr/bin/env bash
# Octave 7.3: the median of the bytes 255 and 254 is 128, of 100 and 110 as int8 it is 64, and dot of [20 20] with itself 510 instead of 800.
#
# A median is expected to lie between the numbers, and mean, sum and quantile of bytes are right here, as they work in double. median adds the
# two numbers in the middle in their own kind, where 255 is the end, and halves that; dot multiplies in their own kind and adds in double.
# Bright pictures have medians of 128, and with an odd number of rows it is right. What to do: double (x).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends octave=7.3.0-2 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'octave|octave-common' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq octave=7.3.0-2 octave-common=7.3.0-2 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f octave_*.deb Version | sed 's/^/octave /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
LD_LIBRARY_PATH=$(dirname "$(find root -name 'liboctave.so*' | head -n 1)"):$lib:$PWD/root/usr/lib:$lib/openblas-pthread:$lib/blas:$lib/lapack
export LD_LIBRARY_PATH OCTAVE_HOME=$PWD/root/usr
cat >try.m <<'M'
m = [median(uint8 ([255 254])), median(uint8 ([200 201 202 203])), median(uint8 ([255 254 253]))];
i8 = median (int8 ([100 110]));
x = uint8 ([20 20]);
printf ("median of 255 254: %d, of 200 201 202 203: %d, of 255 254 253: %d, of int8 100 110: %d\nmean %g, sum %d, quantile %g\ndot %d, of doubles %d\n", m, i8, mean (uint8 ([255 254])), sum (uint8 ([255 254])), quantile (uint8 ([255 254]), 0.5), dot (x, x), dot (double (x), double (x)));
ok = isequal (m, [128 128 254]) && i8 == 64 && mean (uint8 ([255 254])) == 254.5 && sum (uint8 ([255 254])) == 509 && dot (x, x) == 510;
exit (! ok);
M
"$(readlink -f "$(find root/usr/bin -name "octave-cli*" -type f | head -n 1)")" -q --no-init-file try.m 2>log || { echo "CHANGED"; exit 1; }
