#!/usr/bin/env bash
# R's MLmetrics 1.1.1: PRAUC of scores that part the classes perfectly is 0 where one row is positive, 0.5 where two are, 0.9 where ten are; KS_Stat beside it answers in percent.
#
# The area under the curve of precision and recall is expected to be 1 where every positive row stands above every negative one. The curve has no point at recall 0, where precision is 0/0,
# and the part before the first positive row, 1/P of the whole, is not counted. The rarer the class the larger is the loss, so that folds or labels with other numbers of positives
# cannot be compared, and a mean over rare labels is about what chance gives. The statistic of Kolmogorov and Smirnov is 100, not 1. What to do: average precision, sum of
# precision at each positive row / P.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-mlmetrics | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-mlmetrics=1.1.1-3 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-cran-mlmetrics|r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-mlmetrics=1.1.1-3 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-mlmetrics_*.deb Version | sed 's/^/r-cran-mlmetrics /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
suppressPackageStartupMessages(library(MLmetrics))
options(warn = 2)
positives <- c(1, 2, 3, 10)
area <- sapply(positives, function(n) PRAUC(c(seq(0.1, 0.2, length = 50), seq(0.8, 0.9, length = n)), rep(0:1, c(50, n))))
precision <- sapply(positives, function(n) { y <- rev(rep(0:1, c(50, n))); sum((cumsum(y) / seq_along(y))[y == 1]) / n })
ks <- KS_Stat(c(0.1, 0.2, 0.8, 0.9), c(0, 0, 1, 1))
cat("positive rows:", positives, "; PRAUC of a perfect score:", area, "; average precision:", precision, "; AUC:", AUC(c(0.1, 0.2, 0.8), c(0, 0, 1)), "; KS_Stat:", ks, "\n")
quit(status = !(isTRUE(all.equal(area, 1 - 1 / positives)) && all(precision == 1) && ks == 100))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
