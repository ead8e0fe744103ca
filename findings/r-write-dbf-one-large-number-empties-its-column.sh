#!/usr/bin/env bash
# foreign 0.8-84 (R): a column of write.dbf with one number of 1e18 or more comes back as NA in every row; beside 1e15 a 0.25 comes back as 0.2.
#
# A column of dBase has a number of digits and of decimals for all rows. write.dbf takes what the largest number leaves: the others lose decimals
# without a word, and where nothing is left all of them, the small ones too. One wrong reading thus empties its column. Digits beyond the 14th or so
# are lost in any case. What to do: write.csv; else look at max(abs(x)) first.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq r-cran-foreign=0.8.84-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 libgomp1 libicu72 libtirpc3 \
    libpaper1 libcurl4 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-foreign_*.deb Version | sed 's/^/r-cran-foreign /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
export R_LIBS=$PWD/root/usr/lib/R/library:$PWD/root/usr/lib/R/site-library
cat >try.R <<'R'
options(warn = 2)
library(foreign)
back <- function(x) {
  write.dbf(data.frame(x = x), "x.dbf")
  y <- read.dbf("x.dbf")$x
  cat("written", format(x, digits = 17), " read", format(y, digits = 17), "\n")
  y
}
first <- back(c(0.25, 1.5, 20))
second <- back(c(0.25, 1.5, 1e15))
third <- back(c(0.25, 1.5, 1e18))
quit(status = !(identical(first, c(0.25, 1.5, 20)) && identical(second, c(0.2, 1.5, 1e15)) && all(is.na(third))))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
