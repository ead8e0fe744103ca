#!/usr/bin/env bash
# R's MASS 7.3-58: with one seed mvrnorm draws other numbers when OpenBLAS is installed than with the reference BLAS, in the first decimal; and its first rows depend on how many are drawn.
#
# set.seed is expected to fix a sample on every machine, to the last bits at least. Rows are made with the eigenvectors of the covariance, and where eigenvalues are equal (all variables correlated alike,
# two twins, a block) any turned set of them is as good: which one comes depends on the library beneath, that apt or a cluster's module chooses. A sample is also no beginning of a longer one: mvrnorm(2) and mvrnorm(3) share no row, as
# normal numbers are filled in by column. Nothing is said. What to do: matrix(rnorm(n * k), n, byrow = TRUE) %*% chol(S).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq r-cran-mass=7.3-58.2-1 r-base-core=4.2.2.20221110-2 libopenblas0-pthread=0.3.21+ds-4 libblas3=3.11.0-2 liblapack3=3.11.0-2 libgfortran5 libquadmath0 libgomp1 libicu72 \
    libtirpc3 libpaper1 libcurl4 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-mass_*.deb Version | sed 's/^/r-cran-mass /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export TZ=UTC R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library OPENBLAS_NUM_THREADS=1
cat >try.R <<'R'
library(MASS)
alike <- matrix(0.5, 4, 4) + diag(0.5, 4)
rows <- function(n) { set.seed(1); round(mvrnorm(n, rep(0, 4), alike), 3) }
root <- function(n) { set.seed(1); round(matrix(rnorm(4 * n), n, byrow = TRUE) %*% chol(alike), 3) }
cat("mvrnorm", rows(2)[1, ], "\nof3", rows(3)[1, ], "\nchol", root(2)[1, ], "\nchol of3", root(3)[1, ], "\n")
R
run() { LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$1:$lib "$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R; }
reference=$(run "$lib/blas:$lib/lapack") open=$(run "$lib/openblas-pthread")
printf 'first row with the reference BLAS:\n%s\nwith OpenBLAS:\n%s\n' "$reference" "$open"
pick() { sed -n "s/^$2 //p" <<<"$1"; }
[ "$(pick "$reference" mvrnorm)" != "$(pick "$open" mvrnorm)" ] && [ "$(pick "$reference" mvrnorm)" != "$(pick "$reference" of3)" ] || { echo CHANGED; exit 1; }
[ "$(pick "$reference" chol)" = "$(pick "$open" chol)" ] || { echo CHANGED; exit 1; }
