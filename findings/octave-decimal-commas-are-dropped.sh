#!/usr/bin/env bash
# Octave 7.3: str2double ("0,25") is 25 and of "1.234,5" 1.2345; neither is NaN.
#
# A text that is no number is expected to be NaN, as the help has it. Commas are taken away wherever they stand, so that decimal commas -
# exports of most of Europe - make 25 of a quarter and 15 of one and a half: values of one decimal are ten times, of two a hundred times too
# large, in one column. isnan finds nothing. What to do: strrep (x, ",", ".") where commas are decimals.
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
words = {"0,25", "1,5", "12,75", "1.234,5", "5 kg"};
x = str2double (words);
for i = 1:numel (words) printf ("%s is %g\n", words{i}, x(i)); end
ok = isequal (x(1:4), [25, 15, 1275, 1.2345]) && isnan (x(5));
exit (! ok);
M
"$(readlink -f "$(find root/usr/bin -name "octave-cli*" -type f | head -n 1)")" -q --no-init-file try.m 2>log || { echo "CHANGED"; exit 1; }
