#!/usr/bin/env bash
# PSPP 1.6.2 and R's foreign 0.8.84: 9, 9, 3 with 9 declared missing have the mean 3 in PSPP, and are 9, 9, 3 in its CSV and in read.spss, but NA in its data frames.
#
# A .sav file says which codes mean "no answer", and what reads or converts it is expected to act by that. SAVE TRANSLATE and pspp-convert
# write the codes as numbers, read.spss keeps them unless to.data.frame = TRUE, which changes the default of use.missings: the mean of one
# column is 7 or 3. Nothing is said. What to do: use.missings = TRUE; RECODE y (MISSING = SYSMIS) before the export.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends pspp=1.6.2-2 r-cran-foreign=0.8.84-1 r-base-core=4.2.2.20221110-2 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'pspp|r-cran-foreign|r-base-core' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq pspp=1.6.2-2 r-cran-foreign=0.8.84-1 r-base-core=4.2.2.20221110-2 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f pspp_*.deb Version | sed 's/^/pspp /'
dpkg-deb -f r-cran-foreign_*.deb Version | sed 's/^/r-cran-foreign /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library:$PWD/root/usr/lib/R/library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib/pspp:$lib:$lib/blas:$lib/lapack HOME=$PWD
cat >make.sps <<'S'
DATA LIST LIST /y (F8.0).
BEGIN DATA.
9
9
3
END DATA.
MISSING VALUES y (9).
DESCRIPTIVES y.
SAVE OUTFILE='y.sav'.
SAVE TRANSLATE /OUTFILE='y.csv' /TYPE=CSV /FIELDNAMES.
S
root/usr/bin/pspp make.sps >log
grep -E '^[|]y  ' log | sed 's/^/DESCRIPTIVES: /'
root/usr/bin/pspp-convert y.sav z.csv
echo "CSV: $(tr '\n' ' ' <y.csv), by pspp-convert: $(tr '\n' ' ' <z.csv)"
cat >try.R <<'R'
library(foreign)
list <- suppressWarnings(read.spss("y.sav"))$y
frame <- suppressWarnings(read.spss("y.sav", to.data.frame = TRUE))$y
cat("read.spss:", list, "; to.data.frame = TRUE:", frame, "\n")
quit(status = !(identical(as.numeric(list), c(9, 9, 3)) && identical(is.na(frame), c(TRUE, TRUE, FALSE))))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
[ "$(tr '\n' ' ' <y.csv)" = "y 9 9 3 " ] || { echo "CHANGED"; exit 1; }
[ "$(tr '\n' ' ' <z.csv)" = "y 9 9 3 " ] || { echo "CHANGED"; exit 1; }
grep -qE '^[|]y +[|]1[|]3.00' log || { echo "CHANGED"; exit 1; }
