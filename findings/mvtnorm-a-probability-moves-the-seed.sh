#!/usr/bin/env bash
# R's mvtnorm 1.1-3: pmvnorm of one and the same question gives another number each time, and changes the random numbers of what follows.
#
# A probability is expected to be a number, as pnorm is. From three dimensions on it is found by random lattices drawn from R's generator: a
# log likelihood made of it jumps in the fourth digit, so that an optimiser's differences are noise, and a simulation with a seed goes another
# way once a probability is printed in between. What to do: algorithm = TVPACK() for three dimensions, Miwa() for a few more, set.seed before
# each call beyond.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq r-cran-mvtnorm=1.1-3-1+b1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 libgomp1 libicu72 \
    libtirpc3 libpaper1 libcurl4 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-mvtnorm_*.deb Version | sed 's/^/r-cran-mvtnorm /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
library(mvtnorm)
options(warn = 2)
S <- 0.5 + diag(0.5, 5)
ask <- function(...) pmvnorm(upper = rep(1, 5), corr = S, ...)[1]
set.seed(1); p <- c(ask(), ask()); set.seed(1); plain <- runif(1); set.seed(1); ask() -> .; moved <- runif(1)
exact <- c(ask(algorithm = Miwa()), ask(algorithm = Miwa()))
cat("twice:", format(p, digits = 8), "; by Miwa:", format(exact, digits = 8), "\nnext random number after set.seed(1):", plain, ", with a probability in between:", moved, "\n")
quit(status = !(p[1] != p[2] && abs(p[1] - p[2]) < 0.01 && exact[1] == exact[2] && plain != moved))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
