#!/usr/bin/env bash
# R's MCMCpack 1.6-3: four chains are one chain four times, and set.seed changes none of them.
#
# Samplers of R are expected to draw from R's generator, so that set.seed(1), set.seed(2), ... start chains of their own
# and no seed at all other ones each time. MCMCpack's functions have a generator of their own, whose seed, left at its
# default NA, is 12345: repeated runs agree to the last bit, which looks like a sampler without error, and pooling four
# chains gives the standard error of one under the name of four. What to do: seed = a number of its own for each chain.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq r-cran-mcmcpack=1.6-3-1 r-cran-coda r-cran-mass r-cran-lattice r-cran-mcmc r-cran-quantreg r-cran-matrixmodels \
    r-cran-matrix r-cran-sparsem r-cran-survival r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 libgomp1 libicu72 libtirpc3 libpaper1 \
    libcurl4 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-mcmcpack_*.deb Version | sed 's/^/r-cran-mcmcpack /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
suppressPackageStartupMessages(library(MCMCpack))
options(warn = 2)
set.seed(7)
x <- 1:20
y <- x + rnorm(20)
mean_of <- function(i, ...) { set.seed(i); mean(MCMCregress(y ~ x, mcmc = 500, ...)[, "x"]) }
default <- sapply(1:4, mean_of)
seeded <- c(mean_of(1, seed = 1), mean_of(1, seed = 2), mean_of(1, seed = 3), mean_of(1, seed = 12345))
cat("slope in four chains after set.seed(1) to set.seed(4):", default, "\n")
cat("with seed = 1, 2, 3 and 12345:", seeded, "\n")
quit(status = !(length(unique(default)) == 1 && length(unique(seeded)) == 4 && seeded[4] == default[1]))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
