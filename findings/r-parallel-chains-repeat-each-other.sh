#!/usr/bin/env bash
# R 4.2.2: with RNGkind("L'Ecuyer-CMRG") and set.seed(1), two calls of mclapply in a row draw the same numbers.
#
# The generator that R recommends for parallel work is expected to give each task numbers of its own. Tasks within one call differ, but
# workers' streams begin where the parent's stands, and the parent's does not move: a second batch of chains is the first once more, so that
# pooling them halves the variance on paper. With R's usual generator the opposite is true: set.seed has no effect on the workers at all. What
# to do: mc.reset.stream() with a new seed, or a number drawn, before each call.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 \
    2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-base-core_*.deb Version | sed 's/^/r-base-core /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
library(parallel)
options(warn = 2)
draw <- function() unlist(mclapply(1:2, function(i) runif(1), mc.cores = 2))
RNGkind("L'Ecuyer-CMRG"); set.seed(1)
first <- draw(); second <- draw(); invisible(runif(1)); third <- draw()
RNGkind("Mersenne-Twister"); set.seed(1); usual <- draw(); set.seed(1); again <- draw()
cat("L'Ecuyer: first batch", first, "; second", second, "; after a number drawn", third, "\nMersenne-Twister, set.seed(1) twice:", if (identical(usual, again)) "the same" else "other numbers", "\n")
quit(status = !(identical(first, second) && !identical(first, third) && first[1] != first[2] && !identical(usual, again)))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
