#!/usr/bin/env bash
# R's impute 1.72.3: after impute.knn the random numbers of the session are the same in every run and after every set.seed.
#
# Filling gaps by the nearest rows needs no random numbers, and what follows is expected to go on from the seed that was set. impute.knn
# sets one of its own, 362436069, and does not put the old one back: five runs with the seeds 1 to 5, each with a gap to fill, have the same
# folds, permutations and initial weights, and their standard deviation is 0. Without a gap in the table, too. No message. What to do:
# set.seed after the call, or rng.seed = a number of its own.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-bioc-impute | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-bioc-impute=1.72.3-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-bioc-impute|r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-bioc-impute=1.72.3-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-bioc-impute_*.deb Version | sed 's/^/r-bioc-impute /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
library(impute)
set.seed(7)
x <- matrix(rnorm(200), 20)
x[3, 2] <- NA
after <- function(seed, fill) { set.seed(seed); if (fill) invisible(impute.knn(x)$data); round(runif(3), 4) }
cat("runif after set.seed(1):", after(1, FALSE), ", with impute.knn between:", after(1, TRUE), "\n")
cat("runif after set.seed(2):", after(2, FALSE), ", with impute.knn between:", after(2, TRUE), "\n")
quit(status = !(identical(after(1, TRUE), after(2, TRUE)) && !identical(after(1, FALSE), after(2, FALSE))))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
