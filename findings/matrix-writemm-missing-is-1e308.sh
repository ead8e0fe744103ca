#!/usr/bin/env bash
# R's Matrix 1.5-3: writeMM writes NA, NaN and Inf as the number 1e308.
#
# Matrix Market has no word for a missing value, and a writer is expected to refuse it, or to write NaN as others do. writeMM writes a number that
# is as good as any, without a warning, and readMM of the same package does not take it back. The next reader has a cell of 1e308: a mean of
# 1e307, infinity in float32. What to do: look for anyNA before writing; take 1e308 in a file from R for a gap.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq r-base-core=4.2.2.20221110-2 r-cran-matrix=1.5-3-1 r-cran-lattice libblas3 liblapack3 libgfortran5 libquadmath0 libgomp1 libicu72 \
    libtirpc3 libpaper1 libcurl4 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-matrix_*.deb Version | sed 's/^/r-cran-matrix /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
library(Matrix)
options(warn = 2)
x <- sparseMatrix(i = c(1, 2, 3, 3), j = c(1, 1, 2, 3), x = c(0.5, NA, NaN, Inf))
invisible(writeMM(x, "x.mtx"))
cat(readLines("x.mtx"), sep = "\n")
back <- readMM("x.mtx")
cat("read back:", back@x, "- missing:", sum(is.na(back)), "infinite:", sum(is.infinite(back@x)), "\n")
quit(status = !identical(back@x, c(0.5, 1e308, 1e308, 1e308)))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
