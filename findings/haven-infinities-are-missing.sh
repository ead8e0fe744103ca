#!/usr/bin/env bash
# R's haven 2.5.1: -Inf and Inf written by write_sav, write_dta or write_xpt come back as NA; 1e100 comes back as Inf from write_xpt and 1e-100 as 0.
#
# Files of SPSS, Stata and SAS keep numbers of 64 bits, and a number is expected to come back or to be refused. They have no infinity that these programs know, and the file gets a missing value instead: the logarithm of a probability of 0 is no longer the worst of a column but none, and a mean with na.rm = TRUE is finite. The numbers of a transport file end
# near 1e75 and 1e-79, and what lies beyond becomes what is nearest or more. Nothing is said. What to do: saveRDS, or a bound such as pmax(x, -1e6) that is written down beside.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-haven | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-haven=2.5.1-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4|r-cran-haven' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-haven=2.5.1-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-haven_*.deb Version | sed 's/^/r-cran-haven /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
library(haven)
options(warn = 2)
x <- data.frame(x = c(-Inf, Inf, 1e100, 1e-100, 0.1))
again <- function(write, read, name) { write(x, name); as.numeric(read(name)$x) }
found <- list(sav = again(write_sav, read_sav, "x.sav"), dta = again(write_dta, read_dta, "x.dta"), xpt = again(write_xpt, read_xpt, "x.xpt"))
cat("-Inf, Inf, 1e100, 1e-100, 0.1 come back as\n")
for (name in names(found)) cat(" ", name, found[[name]], "\n")
quit(status = !identical(unname(found), list(c(NA, NA, 1e100, 1e-100, 0.1), c(NA, NA, 1e100, 1e-100, 0.1), c(NA, NA, Inf, 0, 0.1))))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
