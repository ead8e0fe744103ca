#!/usr/bin/env bash
# num-utils 0.5: numsum of 1e-3, 2e5 and -4 is -1, its average of 0.5 and 1e-3 is 0.75, and of a line "5 6" it takes the 5.
#
# A tool that adds the numbers of a stream is expected to read what printf("%g") writes. The first digits, sign and point of a line are taken and the rest left: an exponent is cut off, so that a small
# probability counts as one to nine, and words are skipped like empty lines. awk, whose sum this replaces, reads all of them. Nothing is said. What to do: awk '{ s += $1 } END { print s }', or datamash sum 1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq num-utils=0.5-15 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f num-utils_*.deb Version | sed 's/^/num-utils /'
sum() { perl root/usr/bin/numsum; }
a=$(printf '1e-3\n2e5\n-4\n' | sum) b=$(printf '0.5\n1e-3\n' | perl root/usr/bin/numaverage) c=$(printf '5 6\nword\n' | sum) awk=$(printf '1e-3\n2e5\n-4\n' | awk '{ s += $1 } END { print s }')
echo "numsum of 1e-3, 2e5, -4: $a; awk: $awk; numaverage of 0.5, 1e-3: $b; numsum of '5 6' and a word: $c"
[ "$a/$b/$c/$awk" = -1/0.75/5/199996 ] || { echo CHANGED; exit 1; }
