#!/usr/bin/env bash
# R's spam 2.9-1 and SparseM 1.81: a sparse matrix made of 1e-17, 1, 1e-16 and 2 holds 1 and 2; what is below 2.2e-16 is a zero.
#
# A sparse format is expected to leave out zeros. Both leave out what is below the machine epsilon, as an absolute bound: probabilities of rare states, p-values and small weights
# are gone, their logarithms -Inf, and the same column in other units is kept. Products of matrices that are sparse already keep them, and so does Matrix. Nothing is said. What to
# do: other units, or Matrix: both refuse a smaller bound (eps, spam.eps).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-spam r-cran-sparsem r-cran-matrix | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-spam=2.9-1-1 r-cran-sparsem=1.81-1 r-cran-matrix=1.5-3-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-cran-spam|r-cran-sparsem|r-cran-matrix|r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-spam=2.9-1-1 r-cran-sparsem=1.81-1 r-cran-matrix=1.5-3-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in r-cran-spam r-cran-sparsem r-cran-matrix; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
suppressPackageStartupMessages({ library(Matrix); library(SparseM); library(spam) })
options(warn = 2)
p <- matrix(c(1e-17, 1, 1e-16, 2), 2)
held <- list(spam = as.spam(p)@entries, SparseM = SparseM::as.matrix.csr(p)@ra, Matrix = as(p, "CsparseMatrix")@x)
for (name in names(held)) cat(name, "holds", sort(held[[name]]), "\n")
quit(status = !(identical(lengths(held, FALSE), c(2L, 2L, 4L)) && identical(sort(held$spam), c(1, 2)) && identical(sort(held$SparseM), c(1, 2))))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
