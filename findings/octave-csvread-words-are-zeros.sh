#!/usr/bin/env bash
# Octave 7.3: csvread makes zeros of words and empty cells, 5 of "5 kg", and the complex number 2020-1i of a date, which makes all of the matrix complex.
#
# A reader of numbers is expected to stop at a word, or to give NaN. csvread and dlmread read as far as a cell goes and take 0 for nothing; a header
# is a row more, a quoted number 0, "Infinity" 0 (Inf is read), 12:30 is 12. The one word that is kept is NA. load(FILE) stops at some of
# these words, and takes the date for the two numbers 2020 and -1, dropping the cell behind. What to do: importdata, which has NA for
# words and empty cells - not for dates - or textscan.
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
printf '%s\n' 'dose,rate' '5 kg,' '"7",Infinity' '12:30,off' >words.csv
printf '%s\n' '1,2020-01-02,3' '4,5,6' >dates.csv
cat >try.m <<'M'
words = csvread ("words.csv")
dates = csvread ("dates.csv")
loaded = load ("dates.csv")
exit (! (isequal (words, [0 0; 5 0; 0 0; 12 0]) && isequal (dates, [1 2020-1i 3; 4 5 6]) && isequal (loaded, [1 2020 -1; 4 5 6])))
M
cat words.csv dates.csv
"$(readlink -f "$(find root/usr/bin -name "octave-cli*" -type f | head -n 1)")" -q --no-init-file try.m 2>log || { echo "CHANGED"; exit 1; }
