#!/usr/bin/env bash
# R's psych 2.2.9: phi of a table of two units is rounded to two decimals - 0 for 5000 4980 4990 5030 - and what is computed with it is not better.
#
# A function that answers with a number is expected to leave rounding to print, as cor of the same two columns does: 0.0030. The number itself has two decimals, as digits = 2 says in its arguments:
# correlations of weakly coupled units are 0, differences between samples come in steps of 0.01, and the chi-square n phi^2 of 20000 rows is 0 and of 642 rows 194 instead of 197.
# Nothing is said. What to do: digits = 15, or cor.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-psych | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-psych=2.2.9-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-cran-psych|r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-psych=2.2.9-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-psych_*.deb Version | sed 's/^/r-cran-psych /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
library(psych)
options(warn = 2)
tables <- list(c(5000, 4980, 4990, 5030), c(123, 41, 77, 401), c(9900, 40, 50, 10))
columns <- function(n) cbind(rep(c(0, 0, 1, 1), n), rep(c(0, 1, 0, 1), n))
rounded <- sapply(tables, function(n) phi(matrix(n, 2, byrow = TRUE)))
exact <- sapply(tables, function(n) cor(columns(n))[1, 2])
full <- sapply(tables, function(n) phi(matrix(n, 2, byrow = TRUE), digits = 15))
cat("phi:", rounded, "; cor of the columns:", exact, "; phi with digits = 15:", full, "; n phi^2:", sapply(tables, sum) * rounded^2, "and", sapply(tables, sum) * exact^2, "\n")
quit(status = !(identical(rounded, round(exact, 2)) && isTRUE(all.equal(full, exact)) && rounded[1] == 0))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
