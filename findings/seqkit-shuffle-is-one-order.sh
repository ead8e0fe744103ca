#!/usr/bin/env bash
# SeqKit 2.3.1: shuffle of a file gives the same order in each run, and sample -n 10 of twenty sequences gives nine.
#
# A shuffle without a seed is expected to be another each time, as that of shuf, and so are two samples. The seed is 23 for shuffle and 11
# for sample unless -s is given: five "random" splits into learned and held-out sequences are one split five times, whose scores agree
# suspiciously. And -n is turned into a share, so that the number is about what was asked for. Both are in the help alone. What to do: -s
# $RANDOM; shuffle -s N | head -n 10.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends seqkit=2.3.1+ds-1+b4 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'seqkit' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq seqkit=2.3.1+ds-1+b4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f seqkit_*.deb Version | sed 's/^/seqkit /'
export PATH=$PWD/root/usr/bin:$PATH LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu
for i in $(seq 20); do printf '>s%s\nACGT\n' "$i"; done >s.fa
order() { seqkit shuffle "$@" s.fa 2>/dev/null | sed -n 's/>//p' | tr '\n' ' '; }
a=$(order) b=$(order) c=$(order -s 1)
n=$(seqkit sample -n 10 s.fa 2>/dev/null | grep -c '>')
printf '%s\n' "shuffled: $a" "once more: $b" "with -s 1: $c" "sample -n 10: $n"
[ "$a" = "$b" ] && [ "$a" != "$c" ] && [ "$n" = 9 ] || { echo CHANGED; exit 1; }
