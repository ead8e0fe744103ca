#!/usr/bin/env bash
# R's coda 0.19-4: mcmc(x, start = 501, thin = 10) of 1000 draws has 1000 draws; the first 500 are still in its mean, and no row was left out.
#
# start and thin are expected to cut off the beginning and to keep each tenth row, as the arguments of the same names of window do, and of the samplers. They are labels here: they say that the first row given is the 501st iteration and that ten lie between rows. Burn-in that was to go away stays in
# means, quantiles and effective sizes, plots have an axis that ends at 10491, and summary prints "Iterations = 501:10491, Thinning interval = 10" above them, as if it had been done. Nothing is said. What to do: window(mcmc(x), start = 501, thin = 10).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-coda | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-coda=0.19-4-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-cran-coda|r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-coda=0.19-4-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-coda_*.deb Version | sed 's/^/r-cran-coda /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
suppressPackageStartupMessages(library(coda))
options(warn = 2)
x <- c(rep(100, 500), rep(0, 500))
labelled <- mcmc(x, start = 501, thin = 10)
cut <- window(mcmc(x), start = 501, thin = 10)
cat("mcmc(x, start, thin):", niter(labelled), "draws, mean", mean(labelled), ", last iteration", end(labelled), "; window(mcmc(x), start, thin):", niter(cut), "draws, mean", mean(cut), "\n")
quit(status = !(niter(labelled) == 1000 && mean(labelled) == 50 && end(labelled) == 10491 && niter(cut) == 50 && mean(cut) == 0))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
