#!/usr/bin/env bash
# samtools 1.16.1: view -s 0.5 of a file that view -s 0.5 made leaves out nothing, and -s 0.25 is a part of the same half.
#
# Half of a half is expected to be a quarter, and two samples from one file to be two. Which reads are kept depends on their names and the
# seed, the whole part of the number, 0 by default: the reads that passed once pass again, and a "second sample" of another share overlaps the
# first as far as it can. What to do: another whole part for each step, -s 1.5.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq samtools=1.16.1-1 libhts3 libhtscodecs2 libdeflate0 libcurl4 libnghttp2-14 librtmp1 libssh2-1 libpsl5 libldap-2.5-0 \
    libsasl2-2 libbrotli1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f samtools_*.deb Version | sed 's/^/samtools /'
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu

{ printf '@SQ\tSN:c\tLN:1000\n'; for i in $(seq 1 400); do printf 'r%d\t0\tc\t%d\t60\t4M\t*\t0\t0\tACGT\tIIII\n' "$i" "$i"; done; } >all.sam
sample() { root/usr/bin/samtools view -h "$@"; }
names() { grep -v '^@' "$1" | cut -f 1 | sort; }
sample -s 0.5 all.sam >half.sam
sample -s 0.5 half.sam >again.sam
sample -s 0.25 all.sam >quarter.sam
sample -s 1.5 half.sam >other.sam
for f in all half again quarter other; do echo "$f $(names $f.sam | wc -l)"; done
outside=$(comm -13 <(names half.sam) <(names quarter.sam) | wc -l)
echo "of the quarter outside of the half: $outside"
[ "$(names half.sam)" = "$(names again.sam)" ] || { echo "CHANGED"; exit 1; }
[ "$outside" = 0 ] || { echo "CHANGED"; exit 1; }
[ "$(names other.sam | wc -l)" -lt 150 ] || { echo "CHANGED"; exit 1; }
