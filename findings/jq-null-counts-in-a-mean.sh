#!/usr/bin/env bash
# jq 1.6: a mean by add/length counts null as a zero, and the smallest of a list with null is null.
#
# Services answer null where there is no number: a score of a row with gaps, an infinity, NaN. In jq null is the neutral element of +, so
# [-1, null, -3] has the mean -1.33 where -2 is meant and an error is expected; null and NaN are less than every number, which min and sort_by
# show and max hides. 1e1000 comes out as 1.7976931348623157e+308. What to do: map(numbers) before any of it, and count what is left.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq jq=1.6-2.1+deb12u3 libjq1=1.6-2.1+deb12u3 libonig5 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu
jq=root/usr/bin/jq
"$jq" --version
seen=
for filter in 'add / length' min max 'map(numbers) | add / length'; do
    answer=$(echo '[-1, null, -3]' | "$jq" -c "$filter")
    echo "[-1, null, -3] | $filter -> $answer"
    seen="$seen $answer"
done
[ "$seen" = " -1.3333333333333333 null -1 -2" ] || { echo CHANGED; exit 1; }
[ "$(echo '[1e1000]' | "$jq" -c .) $("$jq" -nc '[1, nan] | min')" = "[1.7976931348623157e+308] null" ] || { echo CHANGED; exit 1; }
