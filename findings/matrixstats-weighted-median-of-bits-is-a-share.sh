#!/usr/bin/env bash
# R's matrixStats 0.63.0: the weighted median of the bits 0 and 1 with weights 1 and 3 is 0.75, and of 1, 2, 100 with weights 1, 1, 1.5 it is 21.6.
#
# A median with weights is expected to be one of the numbers, or the mean of two where the weights are in balance: 1 and 2 here. Between the numbers a line is drawn through the middles of their weights, unless
# weights are equal or ties are given a rule, so that a median of bits is a share, one of labels a label that no row has, and an outlier moves it by as much as it is far.
# No message. What to do: interpolate = FALSE, or ties = "weighted".
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-matrixstats | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-matrixstats=0.63.0-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-cran-matrixstats|r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-matrixstats=0.63.0-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-matrixstats_*.deb Version | sed 's/^/r-cran-matrixstats /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
library(matrixStats)
options(warn = 2)
bits <- weightedMedian(c(0, 1), c(1, 3))
outlier <- sapply(c(100, 1000), function(x) weightedMedian(c(1, 2, x), c(1, 1, 1.5)))
plain <- c(weightedMedian(c(0, 1), c(1, 3), interpolate = FALSE), weightedMedian(c(1, 2, 100), c(1, 1, 1.5), interpolate = FALSE))
cat("of 0, 1 with weights 1, 3:", bits, "; of 1, 2, 100 and 1, 2, 1000 with 1, 1, 1.5:", outlier, "; with interpolate = FALSE:", plain, "; of rows as often as the weights say:", median(rep(c(1, 2, 100), c(2, 2, 3))), "\n")
quit(status = !(bits == 0.75 && outlier[1] > 2 && outlier[2] > 10 && identical(plain, c(1, 2))))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
