#!/usr/bin/env bash
# Gnuastro 0.19: astarithmetic 127 1 + is -128, 250 10 x is 196, 7 2 / is 3; 127.0 1 + is 128.
#
# A calculator is expected to calculate, and numbers that are written out to be as large as they get. A whole number has the smallest kind that holds it, eight bits with or without a sign, and so has the result: sums of levels of pictures, counts of rows and products wrap at 128, 256 or 65536, rates are cut to whole numbers. Columns of tables with a
# constant (asttable -c'arith $1 100 +') do the same where the column is bytes. A warning comes only where one number has a sign and the other has not, and -q, as scripts have it, takes it away. What to do: a point in one of the numbers, or float64 behind it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends gnuastro=0.19-1+b2 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'gnuastro' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq gnuastro=0.19-1+b2 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f gnuastro_*.deb Version | sed 's/^/gnuastro /'
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu
mkdir .gnuastro
find root -name 'gnuastro*.conf' -exec cp {} .gnuastro/ ';'
ask() { root/usr/bin/astarithmetic -q "$@"; }
found="$(ask 127 1 +) $(ask 250 10 x) $(ask 7 2 /) $(ask 127.0 1 +) $(ask 7 float64 2 /)"
echo "127 1 +, 250 10 x, 7 2 /, 127.0 1 +, 7 float64 2 /: $found; warnings of 127 1 +: $(root/usr/bin/astarithmetic 127 1 + 2>&1 >/dev/null | grep -c warning || true)"
[ "$found" = "-128 196 3 128 3.5" ] || { echo "CHANGED"; exit 1; }
