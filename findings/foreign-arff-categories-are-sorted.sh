#!/usr/bin/env bash
# R's foreign 0.8-84: of an ARFF attribute {low, mid, high} read.arff makes a factor with the levels high, low, mid, and of {2, 10, 1} one with 1, 10, 2.
#
# The header of an ARFF file lists the categories, and their order is expected to be that of the factor: it is what Weka's indices mean, what a model was trained with, and for low, mid, high
# what the words mean. Levels are sorted as texts instead, and one that the header has but no row is not among them: codes, columns of indicators and the reference
# of a regression are others. Nothing is said. What to do: factor(x, levels = ) with the header's order.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-foreign | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-foreign=0.8.84-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-cran-foreign|r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-foreign=0.8.84-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-foreign_*.deb Version | sed 's/^/r-cran-foreign /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
library(foreign)
options(warn = 2)
writeLines(c("@relation r", "@attribute size {low,mid,high,huge}", "@attribute class {2,10,1}", "@data", "low,2", "mid,10", "high,1"), "in.arff")
d <- read.arff("in.arff")
cat("levels", levels(d$size), "; codes of low, mid, high:", as.integer(d$size), "; levels", levels(d$class), "; codes of 2, 10, 1:", as.integer(d$class), "\n")
quit(status = !(identical(levels(d$size), c("high", "low", "mid")) && identical(as.integer(d$class), c(3L, 2L, 1L))))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
