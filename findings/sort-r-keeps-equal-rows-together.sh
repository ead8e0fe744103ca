#!/usr/bin/env bash
# GNU coreutils 9.1: sort -R does not shuffle: equal lines come out next to each other.
#
# "Random sort" is expected to be a random order. It sorts by a random hash of the line, the same for equal lines: of a
# file of bits, in which rows repeat, each mini-batch cut from the result holds one pattern a hundred times, and with -k
# 1,1 (a label) it holds one class. On lines that are all different it is a shuffle, so a trial does not show it. What to
# do: shuf.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq coreutils=9.1-1 libgmp10 libacl1 libattr1 libselinux1 libpcre2-8-0 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f coreutils_*.deb Version | sed 's/^/coreutils /'
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu
for _ in $(seq 50); do printf '%s\n' 00 01 10 11; done >rows
runs() { uniq | wc -l; }
for way in "sort -R" shuf; do
    # shellcheck disable=SC2086 # words wanted
    root/usr/bin/$way rows >shuffled
    echo "$way: first twelve of 200 rows: $(head -n 12 shuffled | xargs); runs of equal rows: $(runs <shuffled)"
done
by_label=$(seq 100 | sed 's/.*[02468]$/even &/; /even/!s/^/odd /' | root/usr/bin/sort -R -k 1,1 | cut -d ' ' -f 1 | runs)
echo "sort -R -k 1,1 of 100 lines with two labels: $by_label runs"
[ "$(root/usr/bin/sort -R rows | runs)" = 4 ] && [ "$(root/usr/bin/shuf rows | runs)" -gt 50 ] && [ "$by_label" = 2 ] || { echo CHANGED; exit 1; }
