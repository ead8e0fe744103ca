#!/usr/bin/env bash
# GLPK 5.0, CBC 2.10.8 and lp_solve 5.5.2: one MPS file of two lines, minimise -x (RHS of the objective 5), x whole and at most 10, has the minimum 4 in the first, -6 in the second and -5 in the third.
#
# A format that every solver reads is expected to be one problem. Twice it is not: a whole number without bounds is between 0 and 1 in GLPK and CBC, as of old, and only at least 0 in lp_solve, so that x is 1, 1 and 10; and
# a number in the RHS of the objective is added by GLPK and lp_solve and taken off by CBC. Energies of spins and levels come out shifted by twice their constant, and levels above 1 are never tried. All say
# "optimal". What to do: write a bound for every variable, and the constant as a variable fixed at 1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends glpk-utils=5.0-1 coinor-cbc=2.10.8+ds1-1 lp-solve=5.5.2.5-2 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'glpk-utils|coinor-cbc|lp-solve' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq glpk-utils=5.0-1 coinor-cbc=2.10.8+ds1-1 lp-solve=5.5.2.5-2 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in glpk-utils coinor-cbc lp-solve; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
lib=$PWD/root/usr/lib/x86_64-linux-gnu
export LD_LIBRARY_PATH=$lib:$lib/blas:$lib/lapack:$PWD/root/usr/lib/lp_solve
cat >x.mps <<'M'
NAME          X
ROWS
 N  COST
 L  LIMIT
COLUMNS
    M1        'MARKER'                 'INTORG'
    X         COST              -1.0   LIMIT              1.0
    M2        'MARKER'                 'INTEND'
RHS
    RHS       COST               5.0   LIMIT             10.0
ENDATA
M
root/usr/bin/glpsol --freemps x.mps -w glpk.txt >/dev/null
root/usr/bin/cbc x.mps solve solution cbc.txt >/dev/null
root/usr/bin/lp_solve -fmps x.mps >lp.txt
glpk="$(awk '$1 == "s" { print $6 + 0 } $1 == "j" { print "x=" $3 }' glpk.txt | xargs)"
cbc="$(awk '/objective value/ { print $NF + 0 } $2 == "X" { print "x=" $3 }' cbc.txt | xargs)"
lp="$(awk '/objective function/ { print $NF + 0 } $1 == "X" { print "x=" $2 }' lp.txt | xargs)"
echo "minimum: GLPK $glpk; CBC $cbc; lp_solve $lp"
[ "$glpk/$cbc/$lp" = "4 x=1/-6 x=1/-5 x=10" ] || { echo CHANGED; exit 1; }
