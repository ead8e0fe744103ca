#!/usr/bin/env bash
# Netpbm 11.1: pamscale 0.5 of a chessboard of 0 and 255 gives 179 everywhere, with -linear 128.
#
# Half the size is expected to be the mean of four levels, 128 here. Levels are taken for brightness as the eye sees it and turned into amounts of light first: the mean of a picture of two levels grows by a fifth of the scale, so that spins of a lattice scaled down to blocks
# look magnetised, and bits cut afterwards at 0.5 are more. Where a picture is flat nothing changes. Nothing is said. What to do: pamscale -linear.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
wanted='netpbm=2:11.01.00-2 libnetpbm11=2:11.01.00-2'
# shellcheck disable=SC2086 # words wanted
missing=$(apt-get install -s --no-install-recommends $wanted 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'netpbm|libnetpbm11' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq $wanted $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f netpbm_*.deb Version | sed 's/^/netpbm /'
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu PATH=$PWD/root/usr/bin:$PATH
/usr/bin/python3 - <<'P'
row = [0, 255] * 4
with open("x.pgm", "wb") as file:
    file.write(b"P5 8 8 255\n" + bytes(row + row[::-1]) * 4)
P
numbers() { /usr/bin/python3 -c "import sys; print(*sys.stdin.buffer.read()[-$1:])"; }
half=$(pamscale 0.5 x.pgm | numbers 16) linear=$(pamscale -linear 0.5 x.pgm | numbers 16)
echo "half: $half; -linear: $linear"
[ "$half" = "$(yes 179 | head -16 | xargs)" ] && [ "$linear" = "$(yes 128 | head -16 | xargs)" ] || { echo "CHANGED"; exit 1; }
