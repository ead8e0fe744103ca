#!/usr/bin/env bash
# Perl's Algorithm::NaiveBayes 0.04: of two labels of which one is twice as probable predict gives 0.894 and 0.447, of two equal ones 0.707 and 0.707: squares sum to one, the scores to 1.34 and 1.41.
#
# Scores between 0 and 1 of a model of probabilities are expected to be probabilities. They are divided by their length as a vector: 0.7 is an even chance between two labels, 0.5 one between four, a threshold of 0.5 gives both, and the loss computed from them is too low for wrong labels. Which label is the first one is right.
# The manual says that scores are near 0 or 1 because of the way they are normalised. What to do: divide by their sum.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq libalgorithm-naivebayes-perl=0.04-2 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f libalgorithm-naivebayes-perl_*.deb Version | sed 's/^/libalgorithm-naivebayes-perl /'
cat >try.pl <<'P'
use strict;
use warnings;
use Algorithm::NaiveBayes;

my $model = Algorithm::NaiveBayes->new;
$model->add_instance(attributes => {a => 1}, label => "x");
$model->add_instance(attributes => {b => 1}, label => "y");
$model->train;
my ($seen, $even) = map { $model->predict(attributes => $_) } {a => 1}, {a => 1, b => 1};
my ($sum, $squares) = ($seen->{x} + $seen->{y}, $seen->{x}**2 + $seen->{y}**2);
printf "a: x %.3f, y %.3f, sum %.3f, squares %.3f, divided by their sum %.3f; a and b: %.3f, %.3f\n", $seen->{x}, $seen->{y}, $sum, $squares, $seen->{x} / $sum, $even->{x}, $even->{y};
exit !(abs($squares - 1) < 1e-9 && abs($sum - 3 / sqrt(5)) < 1e-9 && abs($seen->{x} / $sum - 2 / 3) < 1e-9 && abs($even->{x} - sqrt(0.5)) < 1e-9);
P
PERL5LIB=$PWD/root/usr/share/perl5 perl try.pl || { echo "CHANGED"; exit 1; }
