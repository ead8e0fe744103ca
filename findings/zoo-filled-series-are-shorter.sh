#!/usr/bin/env bash
# R's zoo 1.8-11: na.locf and na.approx of a series of four with a gap at its beginning have three values, which then stand one row higher.
#
# Filling gaps is expected to keep the length, with NA left where there is nothing to fill from. Both drop what they could not fill, unless
# na.rm = FALSE: of NA, 1, NA, 2 remains 1, 1, 2, and put beside the other columns by position every value belongs to the row before (cbind
# repeats the first at the end, with a warning only where lengths do not fit). rollmean(x, 3), by the way, is centred: its value at t knows t
# + 1. What to do: na.rm = FALSE, align = "right".
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq r-cran-zoo=1.8-11-1 r-cran-lattice r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 libgomp1 \
    libicu72 libtirpc3 libpaper1 libcurl4 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-zoo_*.deb Version | sed 's/^/r-cran-zoo /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
suppressPackageStartupMessages(library(zoo))
options(warn = 2)
x <- c(NA, 1, NA, 2)
say <- function(name, value) { cat(name, ":", value, "\n"); value }
found <- list(say("na.locf(c(NA, 1, NA, 2))", na.locf(x)), say("na.approx", na.approx(x)), say("na.locf, na.rm = FALSE", na.locf(x, na.rm = FALSE)))
centred <- say("rollmean(c(0, 0, 9, 0, 0), 3, fill = NA)", rollmean(c(0, 0, 9, 0, 0), 3, fill = NA))
quit(status = !(identical(found[[1]], c(1, 1, 2)) && identical(found[[2]], c(1, 1.5, 2)) && length(found[[3]]) == 4 && identical(centred, c(NA, 3, 3, 3, NA))))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
