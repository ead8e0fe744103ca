#!/usr/bin/env bash
# R's cluster 2.1.4: clara draws the same rows with every set.seed, and of another table of the same size the same places again.
#
# Samples of 40 + 2 k rows are drawn from thousands, so another seed is expected to draw others, and a repetition to show how much the
# clusters depend on that. It has a small generator of its own, whose start is fixed: ten runs with ten seeds agree to the last bit, which
# looks like ten samples that all lead to one answer. R's generator is not touched. What to do: rngR = TRUE.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-cluster | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-cluster=2.1.4-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-cran-cluster|r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-cluster=2.1.4-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-cluster_*.deb Version | sed 's/^/r-cran-cluster /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
library(cluster)
options(warn = 2)
set.seed(1)
x <- matrix(rnorm(20000), 10000)
y <- matrix(runif(20000), 10000)
draw <- function(seed, data, ...) { set.seed(seed); clara(data, 3, samples = 1, ...)$sample }
cat("rows drawn with seeds 1 and 2 are the same:", identical(draw(1, x), draw(2, x)), ", of another table:", identical(draw(1, x), draw(1, y)), ", with rngR = TRUE:",
    identical(draw(1, x, rngR = TRUE), draw(2, x, rngR = TRUE)), "; first:", head(draw(1, x), 3), "\n")
quit(status = !(identical(draw(1, x), draw(2, x)) && identical(draw(1, x), draw(1, y)) && !identical(draw(1, x, rngR = TRUE), draw(2, x, rngR = TRUE))))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
