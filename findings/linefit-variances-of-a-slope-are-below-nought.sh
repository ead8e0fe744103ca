#!/usr/bin/env bash
# Perl's Statistics::LineFit 0.07: of the points 1, 1; 2, 3; 3, 2; 4, 5 the slope 1.1 has t = 2.117, so a variance of 0.27, and varianceOfEstimates gives 0.036; with weights 1, 1, 1, 100 it gives variances of -2.5e-05 and -4.2e-07.
#
# The variance of an estimate is expected to be the square of its standard error, which t = slope / error shows. What is given is neither that nor positive: intervals by its root are a third as wide as they should be, and with weights there is no root. Slope, intercept, sigma and t are right without weights.
# The manual names a formula of a book for it. Nothing is said. What to do: (slope / t) ** 2.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq libstatistics-linefit-perl=0.07-3 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f libstatistics-linefit-perl_*.deb Version | sed 's/^/libstatistics-linefit-perl /'
cat >try.pl <<'P'
use strict;
use warnings;
use Statistics::LineFit;

my ($x, $y) = ([1, 2, 3, 4], [1, 3, 2, 5]);
my $plain = Statistics::LineFit->new;
$plain->setData($x, $y);
my $weighted = Statistics::LineFit->new;
$weighted->setData($x, $y, [1, 1, 1, 100]);
my (undef, $slope) = $plain->coefficients;
my (undef, $t) = $plain->tStatistics;
my @given = $plain->varianceOfEstimates;
my @with = $weighted->varianceOfEstimates;
my $right = $plain->sigma**2 / 5;    # the sum of squares of x about its mean is 5
printf "slope %.2f, t %.3f, variance by t %.3f, by the formula %.3f, given %.3f; with weights: %.1e and %.1e\n", $slope, $t, ($slope / $t)**2, $right, $given[1], @with;
exit !(abs(($slope / $t)**2 - 0.27) < 1e-9 && abs($right - 0.27) < 1e-9 && abs($given[1] - 0.0360236) < 1e-6 && $with[0] < 0 && $with[1] < 0);
P
PERL5LIB=$PWD/root/usr/share/perl5 perl try.pl || { echo "CHANGED"; exit 1; }
