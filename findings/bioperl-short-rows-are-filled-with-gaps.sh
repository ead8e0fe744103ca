#!/usr/bin/env bash
# BioPerl 1.7.8: an aligned FASTA whose rows have 8, 8 and 3 letters is read as an alignment 8 wide, the short row filled up with gaps behind; is_flush says yes, of two rows of one name the last one stays.
#
# Rows of different lengths are expected to be refused, or is_flush to say no. AlignIO fills them up: a file that was cut off, a row that lost a line or sequences that were never aligned at all become a matrix of
# equal rows, whose last columns are gaps and whose first ones compare what does not belong together; identities and distances come out of it. Only a repeated name gives a
# warning, on standard error. What to do: compare the lengths before, with Bio::SeqIO.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq libbio-perl-perl=1.7.8-1 libio-string-perl libdata-stag-perl liberror-perl 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f libbio-perl-perl_*.deb Version | sed 's/^/libbio-perl-perl /'
cat >try.pl <<'P'
use strict;
use warnings;
use Bio::AlignIO;
open my $file, ">", "x.fa" or die;
print $file ">a\nACGTACGT\n>b\nACGAACGT\n>c\nCGT\n>a\nACGTACGA\n";
close $file;
my $alignment = Bio::AlignIO->new(-file => "x.fa", -format => "fasta")->next_aln;
my %rows = map { $_->id => $_->seq } $alignment->each_seq;
print join(", ", map { "$_ $rows{$_}" } sort keys %rows), "; flush: ", $alignment->is_flush, ", length ", $alignment->length, ", identity ", $alignment->percentage_identity, "\n";
exit !($rows{c} eq "CGT-----" && $rows{a} eq "ACGTACGA" && $alignment->is_flush && $alignment->num_sequences == 3);
P
PERL5LIB=$PWD/root/usr/share/perl5 perl try.pl 2>/dev/null || { echo "CHANGED"; exit 1; }
