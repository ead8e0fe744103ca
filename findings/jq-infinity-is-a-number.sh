#!/usr/bin/env bash
# jq 1.6: the logarithm of 0 is written as -1.7976931348623157e+308, and 1e400 in a file comes out as 1.7976931348623157e+308; NaN is null.
#
# What JSON cannot hold is expected to be null, or an error. Infinities are written as the largest double, which every reader takes: a mean of
# log probabilities with one 0 among them is -1e307, finite and wrong, and isinf finds nothing in the file. NaN, for which nan < 1 is true,
# sorts below all numbers and is null in the text. What to do: select(isinfinite | not) before.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq jq=1.6-2.1+deb12u3 libjq1=1.6-2.1+deb12u3 libonig5 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f jq_*.deb Version | sed 's/^/jq /'
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu

jq() { root/usr/bin/jq "$@"; }
logs=$(echo '[0.5, 0, 0.25]' | jq -c 'map(log)') read=$(echo '[1e400, -1e400]' | jq -c .) nan=$(jq -nc '[nan < 1, ([2, nan, 1] | sort)]')
mean=$(echo "$logs" | jq 'add / length')
echo "log of 0.5, 0, 0.25: $logs, mean $mean"; echo "1e400, -1e400: $read"; echo "nan < 1 and sort of 2, nan, 1: $nan"
[ "$logs" = "[-0.6931471805599453,-1.7976931348623157e+308,-1.3862943611198906]" ] || { echo "CHANGED"; exit 1; }
[ "$read" = "[1.7976931348623157e+308,-1.7976931348623157e+308]" ] || { echo "CHANGED"; exit 1; }
[ "$nan" = "[true,[null,1,2]]" ] || { echo "CHANGED"; exit 1; }
