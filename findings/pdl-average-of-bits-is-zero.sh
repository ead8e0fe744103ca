#!/usr/bin/env bash
# PDL 2.081 (Perl): average and avg of a column of bits held as bytes are 0 unless all are 1, and -x of a 1 is 255.
#
# A mean is expected to be a fraction. average keeps whole numbers whole, so the rates of bits - a layer's first biases - are 0, where statsover
# and daverage of the same module say 0.75. A sum of bytes does get room (300 is 300), negation does not: 1/(1+exp(-x)) of 1 is 2e-111 instead
# of 0.73. Nothing is said. What to do: $x->double first.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq pdl=1:2.081-2 libfile-which-perl libtext-balanced-perl libgfortran5 libquadmath0 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f pdl_*.deb Version | sed 's/^/pdl /'
PERL5LIB=$(dirname "$(find "$PWD/root" -name PDL.pm | head -n 1)"):$PWD/root/usr/share/perl5
export PERL5LIB LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.pl <<'PL'
use strict;
use warnings FATAL => "all";
use PDL::LiteF;
my $bits = pdl(byte, [[0, 1, 1, 1], [1, 0, 1, 1]]);
my ($mean) = statsover($bits);
my $sigmoid = 1 / (1 + exp(-pdl(byte, [1])));
print "bits $bits", "average ", $bits->average, " avg ", $bits->avg, " daverage ", $bits->daverage, " statsover $mean sigmoid of 1 $sigmoid sum of 300 ones ", pdl(byte, (1) x 300)->sum, "\n";
exit !($bits->average->sum == 0 && $bits->avg == 0 && all($bits->daverage == 0.75) && all($mean == 0.75) && $sigmoid->sum < 1e-100 && pdl(byte, (1) x 300)->sum == 300);
PL
perl try.pl || { echo "CHANGED"; exit 1; }
