#!/usr/bin/env bash
# Perl's Statistics::Contingency 0.09: the macro F1 of one answer in three right is 0.25 with two categories, 0.85 with ten and 0.985 with a hundred, of which two occur.
#
# A macro average is expected to be that of the categories that occur, or to have 0 for those that do not, as scikit-learn has it (with a warning). Here precision, recall and F1 of a category that was neither given nor right anywhere are 1 each: with the list of all letters, labels or topics, of which a test set has few, every model is
# nearly perfect, a test set with fewer kinds gives the better figure, and two sets cannot be compared. micro_F1 is the same throughout. Of this the manual does not tell. What to do: categories that occur in the test set, or micro_F1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq libstatistics-contingency-perl=0.09-2 libparams-validate-perl libmodule-implementation-perl libmodule-runtime-perl libtry-tiny-perl 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f libstatistics-contingency-perl_*.deb Version | sed 's/^/libstatistics-contingency-perl /'
cat >try.pl <<'P'
use strict;
use warnings;
use Statistics::Contingency;

my @found;
for my $n (2, 10, 100) {
    my $s = Statistics::Contingency->new(categories => [1 .. $n]);
    $s->add_result(@$_) for [1, 1], [1, 2], [2, 1];
    my $c = $s->category_stats;
    push @found, $s->macro_F1, $s->micro_F1;
    printf "%d categories: macro F1 %.3f, precision %.3f, recall %.3f, micro F1 %.3f; F1 of 1: %.2f, of 2: %.2f%s\n", $n, $s->macro_F1, $s->macro_precision, $s->macro_recall, $s->micro_F1,
        $c->{1}{F1}, $c->{2}{F1}, $n > 2 ? sprintf(", of 3, which never comes: %.2f", $c->{3}{F1}) : "";
}
my @expected = (0.25, 1 / 3, 0.85, 1 / 3, 0.985, 1 / 3);
exit !!grep { abs($found[$_] - $expected[$_]) > 1e-9 } 0 .. 5;
P
PERL5LIB=$PWD/root/usr/share/perl5:$PWD/root/usr/lib/x86_64-linux-gnu/perl5/5.36 perl try.pl || { echo "CHANGED"; exit 1; }
