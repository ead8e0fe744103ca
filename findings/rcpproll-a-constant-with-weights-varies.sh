#!/usr/bin/env bash
# R's RcppRoll 0.3.0: of 5, 5, 5 with weights 1, 2, 1 roll_var is 4.69 and roll_sd 2.17; without weights both are 0. roll_sum of 1, 2, 3 with these weights is 6, roll_median 2, roll_max 3.
#
# The variance of a constant is expected to be 0 whatever the weights. Each number is multiplied by its weight before the mean is taken away and after the mean was weighted: what is measured is mostly how far the weights lie from one, times the level squared. On a series with a level of its own, noise of any size vanishes behind it.
# The weights are stretched to sum to the width, so that a weighted sum is not one either. Nothing is said. What to do: roll_mean(x^2, weights = w) - roll_mean(x, weights = w)^2.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-rcpproll | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-rcpproll=0.3.0-2 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4|r-cran-rcpproll' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-rcpproll=0.3.0-2 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-rcpproll_*.deb Version | sed 's/^/r-cran-rcpproll /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
suppressPackageStartupMessages(library(RcppRoll))
w <- c(1, 2, 1)
five <- c(5, 5, 5)
found <- c(roll_var(five, weights = w), roll_sd(five, weights = w), roll_var(five, 3), roll_sum(1:3, weights = w), roll_mean(five, weights = w), roll_mean(five^2, weights = w) - roll_mean(five, weights = w)^2)
cat("RcppRoll", format(packageVersion("RcppRoll")), "\n of 5, 5, 5: variance", found[1], "sd", found[2], "without weights", found[3], "mean", found[5], "; sum of 1, 2, 3:", found[4], "; by hand", found[6], "\n")
quit(status = !isTRUE(all.equal(found, c(4.6875, sqrt(4.6875), 0, 6, 5, 0))))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
