#!/usr/bin/env bash
# R's coda 0.19-4: gelman.diag looks at the second half of the chains only, so burn-in that was cut off already is cut off once more.
#
# The potential scale reduction is expected to be that of the chains handed in, as effectiveSize and summary of the same package take all of
# them. gelman.diag (and gelman.plot) discard the first half unless told otherwise: three chains whose first 40 % stand at 100, 200 and 300 get 1.00,
# "converged", while the means reported next to it are of all rows, with those 40 % among them. What to do: autoburnin = FALSE.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq r-base-core=4.2.2.20221110-2 r-cran-coda=0.19-4-1 r-cran-lattice libblas3 liblapack3 libgfortran5 libquadmath0 libgomp1 libicu72 libtirpc3 libpaper1 \
    libcurl4 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-coda_*.deb Version | sed 's/^/r-cran-coda /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
library(coda)
options(warn = 2)
set.seed(2)
chains <- mcmc.list(lapply(1:3, function(i) mcmc(c(rep(100 * i, 400), rnorm(600)))))
reduction <- function(...) gelman.diag(chains, ...)$psrf[1]
cat("scale reduction", reduction(), "with autoburnin = FALSE", reduction(autoburnin = FALSE), "\n")
cat("mean by summary()", summary(chains)$statistics["Mean"], "\n")
quit(status = !(reduction() < 1.01 && reduction(autoburnin = FALSE) > 1.15 && summary(chains)$statistics["Mean"] > 70))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
