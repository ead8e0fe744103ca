#!/usr/bin/env bash
# Text::CSV_XS 1.49 (Perl): while (my $row = $csv->getline($file)) over four rows, of which the second holds 5" disk, ends after the first; csv() in the same module says so on standard error and answers the rows before.
#
# A line that cannot be read is expected to end the program, or to be left out. getline gives undef for it, which is what it gives at the end of the file, and the loop of every example takes it for the end: a table with an inch mark, or a quote in
# a name, loses all rows below, without a word and with exit 0. Where such a line is the last, or a file has none, as in a first try, all is well. What to do: auto_diag => 2, which dies, or
# $csv->eof or die after the loop.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq libtext-csv-xs-perl=1.49-1+deb12u1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f libtext-csv-xs-perl_*.deb Version | sed 's/^/libtext-csv-xs-perl /'
export PERL5LIB=$PWD/root/usr/lib/x86_64-linux-gnu/perl5/5.36
printf '1,plain\n2,5" disk\n3,tape\n4,card\n' >in.csv
cat >try.pl <<'PL'
use strict;
use warnings FATAL => "all";
use Text::CSV_XS;
sub rows {
    my $csv = Text::CSV_XS->new({@_});
    open my $file, "<", "in.csv" or die;
    my $n = 0;
    $n++ while $csv->getline($file);
    return ($n, $csv->eof ? 1 : 0);
}
my ($n, $end) = rows();
my ($loose, $whole) = rows(allow_loose_quotes => 1);
my $dies = !eval { local $SIG{__WARN__} = sub { }; open STDERR, ">", "log"; rows(auto_diag => 2); 1 };
print "rows of four: $n, at the end of the file: $end; with allow_loose_quotes: $loose; dies with auto_diag => 2: ", ($dies ? 1 : 0), "\n";
exit !($n == 1 && !$end && $loose == 4 && $whole && $dies);
PL
perl try.pl || { echo "CHANGED"; exit 1; }
