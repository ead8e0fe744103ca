#!/usr/bin/env bash
# R's Hmisc 4.8-0: the weighted median of 1, 2, 3, 4 with the weights 0.1, 0.2, 0.3, 0.4 is 4, their largest, and with ten times those weights 3; the 0.25 quantile is 4 as well.
#
# Only ratios of weights are expected to count, as in wtd.mean beside it, and weights of an importance sampler or AIS are normalised first. wtd.quantile takes weights for numbers of repetitions, of n = sum(weights) rows: with a sum of 1 there is one row, and every quantile is the largest number; for
# wtd.var they give infinity, at least with a warning; here nothing is said. What to do:
# normwt = TRUE, which makes them sum to the number of rows.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-hmisc | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-hmisc=4.8-0-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-cran-hmisc|r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-hmisc=4.8-0-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-hmisc_*.deb Version | sed 's/^/r-cran-hmisc /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
suppressPackageStartupMessages(library(Hmisc))
options(warn = 2)
x <- 1:4
w <- c(0.1, 0.2, 0.3, 0.4)
parts <- c(0.25, 0.5, 0.75)
shares <- unname(wtd.quantile(x, w, parts))
counts <- unname(wtd.quantile(x, 10 * w, parts))
told <- unname(wtd.quantile(x, w, parts, normwt = TRUE))
cat("weights that sum to 1:", shares, "; times ten:", counts, "; with normwt:", told, "; means", wtd.mean(x, w), wtd.mean(x, 10 * w), "\n")
quit(status = !(identical(shares, c(4, 4, 4)) && counts[2] == 3 && counts[1] < 3 && told[1] < 3 && told[2] < 4 && wtd.mean(x, w) == wtd.mean(x, 10 * w)))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
