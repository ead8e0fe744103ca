#!/usr/bin/env bash
# R's mclust 6.0.0: Mclust of 2000 rows uses no random numbers and fits the same model each time; of 2001 rows it draws, and each run fits another.
#
# A fit that has agreed to the last bit on every try is expected to need no seed. Its start is a hierarchical clustering of the rows, and
# from 2001 rows on that of a random 2000 of them (mclust.options("subset")), drawn from R's generator: a script without set.seed is
# repeatable until its table grows, a number drawn after the fit is another one, and log likelihoods and classes move. No message. What to
# do: set.seed, or mclust.options(subset = nrow(x)).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-mclust | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-mclust=6.0.0-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-cran-mclust|r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-mclust=6.0.0-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-mclust_*.deb Version | sed 's/^/r-cran-mclust /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
suppressPackageStartupMessages(library(mclust))
set.seed(1)
x <- rbind(matrix(rnorm(2000), 1000), matrix(rnorm(2002, 2), 1001))
fit <- function(n, seed) { set.seed(seed); before <- .Random.seed; m <- Mclust(x[1:n, ], G = 3, modelNames = "VVV", verbose = FALSE); list(m$parameters$mean, identical(before, .Random.seed)) }
a <- list(fit(2000, 1), fit(2000, 2)); b <- list(fit(2001, 1), fit(2001, 2))
cat("2000 rows: generator untouched", a[[1]][[2]], ", two seeds, one model", identical(a[[1]][[1]], a[[2]][[1]]), "; 2001 rows:", b[[1]][[2]], identical(b[[1]][[1]], b[[2]][[1]]), "\n")
quit(status = !(a[[1]][[2]] && identical(a[[1]][[1]], a[[2]][[1]]) && !b[[1]][[2]] && !identical(b[[1]][[1]], b[[2]][[1]])))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
