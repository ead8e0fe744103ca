#!/usr/bin/env bash
# R's vegan 2.6-4: the first random matrix of nullmodel(x, "swap") is x with four of 400 cells changed, the second that one with four changed, and so on.
#
# Random matrices with the row and column sums of the data are expected to be draws, or a chain with a burn-in. The chain begins at the
# data, with burnin = 0 and thin = 1 by default, as do permatswap and oecosimu of the package: 99 "simulated" values lie beside the observed
# one, and their quantiles say how far the walk came. The methods "quasiswap" and "backtrack" beside them draw anew each time. What to do:
# simulate(nm, nsim = 99, burnin = 10000, thin = 1000), or "quasiswap".
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-vegan | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-vegan=2.6-4+dfsg-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-cran-vegan|r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-vegan=2.6-4+dfsg-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-vegan_*.deb Version | sed 's/^/r-cran-vegan /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
suppressPackageStartupMessages(library(vegan))
options(warn = 2)
set.seed(1)
x <- matrix(rbinom(400, 1, 0.4), 20)
changed <- function(...) { s <- simulate(nullmodel(x, ...), nsim = 99); c(sum(s[, , 1] != x), sum(s[, , 2] != s[, , 1]), sum(s[, , 99] != x)) }
swap <- changed("swap")
quasi <- changed("quasiswap")
perm <- permatswap(x, "swap", mtype = "prab", times = 2)$perm
by <- sum(perm[[1]] != x)
cat("cells changed from data to first, first to second, data to 99th: swap", swap, ", quasiswap", quasi, "; permatswap's first:", by, "\n")
quit(status = !(swap[1] == 4 && swap[2] == 4 && by == 4 && all(quasi > 100)))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
