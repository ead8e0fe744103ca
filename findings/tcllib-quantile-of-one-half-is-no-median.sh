#!/usr/bin/env bash
# Tcllib 1.21: the 0.5 quantile of 1 2 3 4 is 2, its median 2.5, of 1 and 1001 the quantile is 1; a correlation with a constant is 0.
#
# The median is the quantile of one half, and of one package the two are expected to agree. quantiles takes one member, the last at or below the
# place p times n, median the mean of the two in the middle. Of few numbers the quantiles are far too low: the third quartile of three is the
# second, the 0.9 quantile of 1 to 10 is 9. corr of a column that does not vary, NaN or NA elsewhere, is 0 and goes into means as such. What to
# do: median for the half; look at var before corr.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq tcllib=1.21+dfsg-1 tcl8.6 libtcl8.6 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f tcllib_*.deb Version | sed 's/^/tcllib /'
export TCL_LIBRARY=$PWD/root/usr/share/tcltk/tcl8.6 TCLLIBPATH=$PWD/root/usr/share/tcltk/tcllib1.21 LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.tcl <<'TCL'
package require math::statistics
namespace import math::statistics::*
set half [quantiles {1 2 3 4} 0.5]
set middle [median {1 2 3 4}]
set two [quantiles {1 1001} 0.5]
set quartile [quantiles {1 2 3} 0.75]
set nine [quantiles {1 2 3 4 5 6 7 8 9 10} 0.9]
set r [corr {1 1 1} {1 2 3}]
puts "of 1 2 3 4: quantile 0.5 is $half, median $middle; of 1 1001 quantile 0.5 is $two, of 1 2 3 quantile 0.75 is $quartile, of 1 to 10 quantile 0.9 is $nine; corr with a constant $r"
exit [expr {!($half == 2 && $middle == 2.5 && $two == 1 && $quartile == 2 && $nine == 9 && $r == 0)}]
TCL
root/usr/bin/tclsh8.6 try.tcl || { echo "CHANGED"; exit 1; }
