#!/usr/bin/env bash
# DBD::CSV 0.60 (Perl): of a column 9, 10, an empty cell, 20, 0.5 the mean is 7.9 and not 9.875, the least is the empty cell, COUNT(x) is 5, and WHERE x < 1 has the row without a number; yet WHERE x IS NULL has it as well.
#
# An empty cell is expected to be missing throughout, as IS NULL says, so that means, counts and comparisons leave it out; or to be a text throughout. Sums and comparisons take it for 0: rates fall with each gap, and a threshold finds rows of which nothing is known. Names of columns
# change, too: Sample ID is sample_id. No warning. What to do: WHERE x IS NOT NULL in each question.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends libdbd-csv-perl=0.6000-1+deb12u1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'libdbd-csv-perl' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq libdbd-csv-perl=0.6000-1+deb12u1 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f libdbd-csv-perl_*.deb Version | sed 's/^/libdbd-csv-perl /'
export PERL5LIB=$PWD/root/usr/share/perl5:$PWD/root/usr/lib/x86_64-linux-gnu/perl5/5.36
mkdir data
printf 'Sample ID,x,row\n1,9,a\n2,10,b\n3,,c\n4,20,d\n5,0.5,e\n' >data/t.csv
cat >try.pl <<'PL'
use strict;
use warnings;
use DBI;
my $db = DBI->connect("dbi:CSV:", undef, undef, { f_dir => "data", f_ext => ".csv/r", RaiseError => 1 });
sub ask { my $rows = $db->selectall_arrayref(shift); join " ", map { join ",", map { $_ // "NULL" } @$_ } @$rows }
my ($all, $known, $small, $missing) = map { ask("SELECT $_") } "AVG(x), MIN(x), COUNT(x) FROM t", "AVG(x), MIN(x), COUNT(x) FROM t WHERE x IS NOT NULL", "row FROM t WHERE x < 1", "row FROM t WHERE x IS NULL";
my $select = $db->prepare("SELECT * FROM t");
$select->execute;
print "mean, least, count: $all; of what is not NULL: $known; rows below 1: $small; rows with NULL: $missing; columns: @{$select->{NAME}}\n";
exit !($all eq "7.9,,5" && $known eq "9.875,0.5,4" && $small eq "c e" && $missing eq "c" && $select->{NAME}[0] eq "sample_id");
PL
perl try.pl || { echo "CHANGED"; exit 1; }
