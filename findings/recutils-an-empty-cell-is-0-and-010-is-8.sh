#!/usr/bin/env bash
# GNU recutils 1.9: of a column with 0.001, 5, nothing, 010 and 0x1F recsel takes the empty cell for 0 and less than 0.1, 010 for 8, 0x1F for 31; and sorts 10 before 9.
#
# Selecting from a CSV file (csv2rec) is expected to leave out what has no number, and to read numbers as decimal. Words are never selected, empty cells always where 0 would be; codes with leading zeros are octal. recsel -S x goes by
# the letters, while -e x < 10 goes by numbers, of the same field. All of it is silent. What to do: -e 'x != "" && x < 0.1', and a record descriptor with %type: x real before sorting.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends recutils=1.9-2 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'recutils' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq recutils=1.9-2 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f recutils_*.deb Version | sed 's/^/recutils /'
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu LC_ALL=C
printf 'x,row\n0.001,1\n5,2\n,3\nword,4\n010,5\n0x1F,6\n' >x.csv
root/usr/bin/csv2rec x.csv >x.rec
rows() { root/usr/bin/recsel -e "$1" -P row x.rec | xargs; }
less=$(rows 'x < 0.1') zero=$(rows 'x = 0') eight=$(rows 'x = 8') hex=$(rows 'x = 31') told=$(rows 'x != "" && x < 0.1')
sorted=$(printf 'x\n9\n10\n' | root/usr/bin/csv2rec | root/usr/bin/recsel -S x -P x | xargs)
echo "rows with x < 0.1: $less; x = 0: $zero; x = 8: $eight; x = 31: $hex; with x not empty and < 0.1: $told; 9 and 10 sorted: $sorted"
[ "$less/$zero/$eight/$hex/$told/$sorted" = "1 3/3/5/6/1/10 9" ] || { echo CHANGED; exit 1; }
