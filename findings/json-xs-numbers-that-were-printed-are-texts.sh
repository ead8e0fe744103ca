#!/usr/bin/env bash
# JSON::XS 4.04 (Perl 5.36): a whole number that was put into a line of a log is sent in quotes, "5", and as 5 before it was printed; JSON::PP sends 5 each time, and both send 0.3 for 0.1 + 0.2.
#
# To print a number is expected to leave it one. Perl keeps the text beside a number once it was used as one, in a message, a comparison by eq or a key, and JSON::XS takes what has a text for a text: states, seeds and numbers of steps are refused by a server that wants numbers, or are
# texts in a file, only where somebody turned the log on; fractions stay numbers. What was decoded and looked at goes back changed as well. Both write fifteen digits, so that many weights do not come back. Nothing is said. What to do: $x + 0 just before
# encoding, or JSON::PP of Perl 5.36.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq libjson-xs-perl=4.040-1~deb12u1 libcommon-sense-perl=3.75-3 libtypes-serialiser-perl=1.01-1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in libjson-xs-perl libcommon-sense-perl libtypes-serialiser-perl; do dpkg-deb -f "${name}"_*.deb Version | sed "s/^/$name /"; done
export PERL5LIB=$PWD/root/usr/lib/x86_64-linux-gnu/perl5/5.36:$PWD/root/usr/share/perl5
cat >try.pl <<'PL'
use strict;
use warnings;
use JSON::PP ();
use JSON::XS ();
my ($xs, $pp) = (JSON::XS->new, JSON::PP->new);
my ($steps, $energy) = (5, 0.5);
my $before = $xs->encode([$steps, $energy]);
my $line = "asking with $steps steps, energy $energy";
my $after = $xs->encode([$steps, $energy]);
my $other = $pp->encode([$steps, $energy]);
my $row = $xs->decode("[1,0,1]");
my $on = grep { $_ eq "1" } @$row;
my $back = $xs->encode($row);
my $digits = $xs->encode([0.1 + 0.2]) . $pp->encode([0.1 + 0.2]);
print "before: $before; after printing: $after, by JSON::PP $other; a row that was looked at: $back; 0.1 + 0.2: $digits\n";
exit !($before eq "[5,0.5]" && $after eq '["5",0.5]' && $other eq "[5,0.5]" && $on == 2 && $back eq '["1","0","1"]' && $digits eq "[0.3][0.3]" && $xs->encode([$steps + 0]) eq "[5]");
PL
perl try.pl || { echo "CHANGED"; exit 1; }
