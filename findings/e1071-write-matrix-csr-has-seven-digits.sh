#!/usr/bin/env bash
# R's e1071 1.7-13: write.matrix.csr writes numbers with seven digits, 1234567.89 as 1234568, and read.matrix.csr of the same package reads those.
#
# A data file is expected to have R's 15 digits, as write.table, write.csv and dput have. What svmlight or libsvm is given here are the numbers as
# print shows them: 0.1234567890123 is 0.1234568, times and amounts of more than seven digits lose their ends, and rows that differed become
# equal. A matrix of small whole numbers, as in most tries, comes back. options(digits = 15) helps, which nobody expects of a writer of files.
# What to do: that, for the call.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-e1071 | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-e1071=1.7-13-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-cran-e1071|r-cran-sparsem|r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-e1071=1.7-13-1 r-cran-sparsem=1.81-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in r-cran-e1071 r-cran-sparsem; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
suppressPackageStartupMessages({ library(SparseM); library(e1071) })
x <- matrix(c(1234567.89, 0.1234567890123, 1234568.01, 2), 2, byrow = TRUE)
pass <- function() { write.matrix.csr(as.matrix.csr(x), "x.svm"); as.matrix(read.matrix.csr("x.svm")) }
back <- pass()
cat("file:", readLines("x.svm"), sep = "\n")
old <- options(digits = 15)
full <- pass()
options(old)
write.table(x, "x.txt", row.names = FALSE, col.names = FALSE)
cat("rows that differed are equal in the first column:", back[1, 1] == back[2, 1], "; with digits = 15 all is as before:", all(full == x), "\n")
quit(status = !(back[1, 1] == 1234568 && back[2, 1] == back[1, 1] && back[1, 2] == 0.1234568 && all(full == x) && all(as.matrix(read.table("x.txt")) == x)))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
