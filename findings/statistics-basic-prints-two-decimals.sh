#!/usr/bin/env bash
# Statistics::Basic 1.6611 (Perl): print mean(0.001, 0.002) writes 0, of 12345.678 it writes 12,345.68, which in a CSV file are two cells.
#
# A mean in a text is expected to have the digits of a number in Perl. What the functions give is an object that, made text, has two decimals
# and commas for thousands, while in arithmetic it is itself: mean(...) * 1 prints in full. Besides, variance divides by n, where
# Statistics::Descriptive divides by n - 1. Tables written of rates below 0.005 are zeros. What to do: $mean->query, or 0 + $mean.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq libstatistics-basic-perl=1.6611-3 libnumber-format-perl 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f libstatistics-basic-perl_*.deb Version | sed 's/^/libstatistics-basic-perl /'
export PERL5LIB=$PWD/root/usr/share/perl5
cat >try.pl <<'PL'
use strict;
use warnings FATAL => "all";
use Statistics::Basic qw(mean variance correlation);
my ($small, $large) = (mean(0.001, 0.002), mean(12345.678));
my $row = join(",", $small, $large);
print "mean(0.001, 0.002) and mean(12345.678): $row; times 1: ", $small * 1, ",", $large * 1, "; variance(1, 2, 3, 4) ", variance(1, 2, 3, 4) * 1, "\n";
exit !($row eq "0,12,345.68" && abs($small * 1 - 0.0015) < 1e-12 && variance(1, 2, 3, 4) * 1 == 1.25);
PL
perl try.pl || { echo "CHANGED"; exit 1; }
