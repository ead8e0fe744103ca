#!/usr/bin/env bash
# sqlite3 3.40.1: in a table made by .import the largest of 9 and 10 is 9, and the mean of 9, 10 and an empty cell is 6.33.
#
# A CSV's numbers are expected to be numbers, a gap to be NULL, or both to fail. .import makes every column TEXT. sum and
# avg convert, so a first look is right; max, min, ORDER BY, BETWEEN and x > 5 compare letters, and an empty cell is an
# empty text: count counts it, avg takes it for a zero, and so it does with NA. Nothing is said. What to do: CREATE TABLE
# with types first and .import --skip 1 into it, then UPDATE ... SET x = NULL WHERE x IN ('', 'NA').
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq sqlite3=3.40.1-2+deb12u2 libsqlite3-0 libreadline8 libtinfo6 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f sqlite3_*.deb Version | sed 's/^/sqlite3 /'
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu
printf 'id,x\n1,9\n2,10\n3,\n' >x.csv
ask="SELECT avg(x), max(x), count(x), sum(x > 5), group_concat(x, ' ') FROM (SELECT x FROM t ORDER BY x)"
echo "avg, max, count, number above 5, in order:"
raw=$(root/usr/bin/sqlite3 :memory: ".mode csv" ".import x.csv t" ".mode list" "$ask")
typed=$(root/usr/bin/sqlite3 :memory: "CREATE TABLE t (id INTEGER, x REAL)" ".mode csv" ".import --skip 1 x.csv t" ".mode list" "UPDATE t SET x = NULL WHERE x IN ('', 'NA')" "$ask")
echo "as imported: $raw"
echo "typed:       $typed"
[ "$raw" = "6.33333333333333|9|3|1| 10 9" ] && [ "$typed" = "9.5|10.0|2|2|9.0 10.0" ] || { echo CHANGED; exit 1; }
