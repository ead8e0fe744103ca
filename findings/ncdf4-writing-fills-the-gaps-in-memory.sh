#!/usr/bin/env bash
# R's ncdf4 1.21: after ncvar_put(nc, v, x) of x = 1, NA, 3 the table x in memory is 1, -99, 3, where -99 is the variable's missing value; so is y, which was made by y <- x before. Of whole numbers and without a missing value of its own it stays as it was.
#
# Functions of R are expected to leave what they are given as it is. The missing value is written into the memory of the caller, and into that of all copies that R has not made yet: what is computed after the file was saved has -99 for each gap, is.na finds none, and the file is right. A script that saves at its end shows nothing.
# Nothing is said. What to do: ncvar_put(nc, v, x + 0).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-ncdf4 | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-ncdf4=1.21-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4|r-cran-ncdf4' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-ncdf4=1.21-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-ncdf4_*.deb Version | sed 's/^/r-cran-ncdf4 /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
suppressPackageStartupMessages(library(ncdf4))
cells <- ncdim_def("cell", "", 1:3)
level <- ncvar_def("level", "", list(cells), -99, prec = "double")
nc <- nc_create("x.nc", level)
x <- c(1, NA, 3)
y <- x
whole <- c(1L, NA, 3L)
kept <- c(1, NA, 3)
before <- mean(x, na.rm = TRUE)
ncvar_put(nc, level, x)
ncvar_put(nc, level, whole)
ncvar_put(nc, level, kept + 0)
file <- c(ncvar_get(nc, "level"))
nc_close(nc)
cat("ncdf4", format(packageVersion("ncdf4")), "\n x:", x, "; its copy y:", y, "; means before and after:", before, mean(x, na.rm = TRUE), "; whole numbers:", whole, "; with + 0:", kept, "; file:", file, "\n")
quit(status = !(identical(x, c(1, -99, 3)) && identical(y, x) && before == 2 && identical(whole, c(1L, NA, 3L)) && identical(kept, c(1, NA, 3)) && identical(file, c(1, NA, 3))))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
