#!/usr/bin/env bash
# mawk 1.3.4, the awk of Debian: the word "info" counts as infinity, "nano" as NaN and 0x1A as 26; a sum over a column with such a word is inf or nan.
#
# A word counts as 0 in awk, so that a header or a label in a column of numbers does no harm, and in gawk it is so. mawk reads as far as C's
# strtod can: words that begin with inf or nan are numbers - info, infected, Nancy, nanog, a gene's name - and hexadecimal is, too. A sum of
# a file with the header "info" is inf, a comparison $2 > 5 holds for each such row, and the same script is right under gawk. What to do: $1
# ~ /^[-+.0-9]/ before it is used.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends mawk=1.3.4.20200120-3.1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'mawk' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq mawk=1.3.4.20200120-3.1 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f mawk_*.deb Version | sed 's/^/mawk /'
export PATH=$PWD/root/usr/bin:$PATH LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu
seen=$(printf '%s\n' info Nancy 0x1A word 5x | mawk '{ print $1, $1 + 0 }')
sum=$(printf 'info\n1\n2\n3\n' | mawk '{ s += $1 } END { print s }')
above=$(printf 'infected\nhealthy\n7\n1\n' | mawk '$1 + 0 > 5' | tr '\n' ' ')
printf '%s\n' "$seen" "sum of info, 1, 2, 3: $sum" "above 5: $above"
want='info inf
Nancy nan
0x1A 26
word 0
5x 5'
[ "$seen" = "$want" ] && [ "$sum" = inf ] && [ "$above" = "infected 7 " ] || { echo CHANGED; exit 1; }
