#!/usr/bin/env bash
# sqlite3 3.40: a REAL goes into a table and comes out of `.mode csv` as another number: 844992.7337191753 is written 844992.733719175.
#
# Every mode for people and programs that converts through text (csv, tabs, list, json, ...) prints 15 significant digits, where 17 are needed
# for a double; `.mode quote` and `.dump` print enough of them, so a backup is exact and an export of the same table is not. Columns that are
# read back differ in the last bits: rows that were equal are not, and a checksum of the data changes. What to do: printf('%!.17g', column).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq sqlite3=3.40.1-2+deb12u2 libsqlite3-0=3.40.1-2+deb12u2 libreadline8 libtinfo6 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu:$PWD/root/lib/x86_64-linux-gnu
run() { root/usr/bin/sqlite3 -batch :memory: "$@" | tr -d '\r'; }
run .version | sed 's/^/sqlite3 /;q'
table="create table t(x real); insert into t values (844992.7337191753)"
run "$table" "select 'stored exactly: ' || (x = 844992.7337191753) from t"
out=$(run "$table" ".mode csv" "select x from t")
quoted=$(run "$table" ".mode quote" "select x from t")
full=$(run "$table" ".mode csv" "select printf('%!.17g', x) from t")
equal() { run "select $1 = 844992.7337191753"; }
printf 'csv %s, quote %s, printf %s\n' "$out" "$quoted" "$full"
[ "$out" = 844992.733719175 ] && [ "$(equal "$out")" = 0 ] && [ "$(equal "$quoted")" = 1 ] && [ "$(equal "$full")" = 1 ] || { echo "CHANGED"; exit 1; }
