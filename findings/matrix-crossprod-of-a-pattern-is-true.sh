#!/usr/bin/env bash
# R's Matrix 1.5-3: with bits read from a Matrix Market file of the kind "pattern", crossprod(x) and t(x) %*% x are TRUE and FALSE instead of counts.
#
# A pattern has no values, and in sums its entries count 1: colSums(x) and x + x are numbers. A product of two patterns
# stays one - how often two bits are on together becomes whether they ever are, and a covariance made of it is wrong
# without a warning, in the same script that was right for the same bits in a file of the kind "integer". What to do: x *
# 1 after reading.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq r-cran-matrix=1.5-3-1 r-cran-lattice r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 libgomp1 libicu72 \
    libtirpc3 libpaper1 libcurl4 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-matrix_*.deb Version | sed 's/^/r-cran-matrix /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
library(Matrix)
options(warn = 2)
writeLines(c("%%MatrixMarket matrix coordinate pattern general", "3 2 5", "1 1", "2 1", "3 1", "1 2", "3 2"), "pattern.mtx")
writeLines(c("%%MatrixMarket matrix coordinate integer general", "3 2 5", "1 1 1", "2 1 1", "3 1 1", "1 2 1", "3 2 1"), "integer.mtx")
pattern <- readMM("pattern.mtx")
whole <- readMM("integer.mtx")
ways <- list("crossprod" = crossprod(pattern), "t(x) %*% x" = t(pattern) %*% pattern, "x * 1" = crossprod(pattern * 1), "integer file" = crossprod(whole))
for (name in names(ways)) cat(sprintf("%-18s %s: %s\n", name, class(ways[[name]]), paste(as.matrix(ways[[name]]), collapse = " ")))
cat("colSums", colSums(pattern), "\n")
counts <- c(3, 2, 2, 2)
quit(status = !(all(sapply(ways[1:2], function(m) is(m, "nMatrix"))) && all(sapply(ways[3:4], function(m) all(as.matrix(m) == counts))) && all(colSums(pattern) == c(3, 2))))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
