#!/usr/bin/env bash
# MariaDB 10.11: RAND(1), RAND(2), RAND(3) are 0.405, 0.656, 0.906, a quarter more each time, so that WHERE RAND(id) < 0.25 takes each fourth row and never one with id 1 or 2 modulo 4.
#
# A seed is expected to make a random number that can be repeated, and seeds side by side numbers that have nothing to do with each other. The first number of each seed is a line that goes round at 1: rows drawn by their key for a test
# set are a comb of keys, of whatever lies in the order of keys - classes in turn, plates of four, days - one kind is drawn twice as often and another not at all, and ORDER BY RAND(id) is a fixed pattern.
# The share of rows is right to the last. RAND() without a seed is sound. What to do: ORDER BY MD5(CONCAT(id, 'x')), or CRC32 of it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends mariadb-server-core=1:10.11.19-0+deb12u1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'mariadb-server-core' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq mariadb-server-core=1:10.11.19-0+deb12u1 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f mariadb-server-core_*.deb Version | sed 's/^/mariadb-server-core /'
mkdir data
cat >try.sql <<Q
create database d;
use d;
create table t engine = MyISAM as with recursive s(id) as (select 1 union all select id + 1 from s where id < 1000) select id from s;
select rand(1), rand(2), rand(3), rand(2) - rand(1), rand(3) - rand(2) into outfile "$PWD/first";
select count(*), sum(id % 4 = 0), sum(id % 4 = 1), sum(id % 4 = 2), sum(id % 4 = 3) from t where rand(id) < 0.25 into outfile "$PWD/rows";
select count(*), sum(id % 4 = 0), sum(id % 4 = 1), sum(id % 4 = 2), sum(id % 4 = 3) from t where crc32(md5(id)) % 4 = 0 into outfile "$PWD/other";
Q
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu
root/usr/sbin/mariadbd --no-defaults --bootstrap --user="$(id -un)" --datadir="$PWD/data" --lc-messages-dir="$PWD/root/usr/share/mysql" --character-sets-dir="$PWD/root/usr/share/mysql/charsets" \
    --innodb=OFF --default-storage-engine=MyISAM --skip-grant-tables --secure-file-priv="" <try.sql 2>log || { cat log; exit 1; }
echo "rand(1) rand(2) rand(3) and their differences: $(tr '\t' ' ' <first)"
echo "rows of 1000 with rand(id) < 0.25, with id 0, 1, 2, 3 modulo 4: $(tr '\t' ' ' <rows); by crc32 of md5: $(tr '\t' ' ' <other)"
awk 'NR == FNR { step = $4 - 0.25; same = $4 - $5; next } { exit !($1 > 240 && $1 < 260 && $3 == 0 && $4 == 0 && step * step < 1e-6 && same * same < 1e-20) }' first rows || { echo "CHANGED"; exit 1; }
