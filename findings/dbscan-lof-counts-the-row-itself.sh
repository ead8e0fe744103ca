#!/usr/bin/env bash
# R's dbscan 1.1-11: lof(x, minPts = 5) looks at four neighbours, kNN(x, k = 5) of the same package at five; scikit-learn's n_neighbors = 5 is minPts = 6.
#
# A factor of local outliers is named by its k, which in the paper and in scikit-learn counts neighbours. minPts counts the row itself, as
# for clusters: scores are those of k - 1, other rows are the outliers in small tables, and a threshold or a published k does not carry
# over. The older argument k of lof meant k. What to do: minPts = k + 1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-dbscan | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-dbscan=1.1-11+ds-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-cran-dbscan|r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-dbscan=1.1-11+ds-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-dbscan_*.deb Version | sed 's/^/r-cran-dbscan /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
suppressPackageStartupMessages(library(dbscan))
options(warn = 2)
set.seed(1)
x <- matrix(rnorm(60), 30)
by_hand <- function(k) {
    n <- kNN(x, k)
    far <- n$dist[, k]
    density <- sapply(1:30, function(i) 1 / mean(pmax(far[n$id[i, ]], n$dist[i, ])))
    sapply(1:30, function(i) mean(density[n$id[i, ]]) / density[i])
}
five <- lof(x, minPts = 5)
cat("lof with minPts = 5:", head(five, 3), "; by hand with k = 5:", head(by_hand(5), 3), ", with k = 4:", head(by_hand(4), 3), "\n")
quit(status = !(isTRUE(all.equal(five, by_hand(4))) && !isTRUE(all.equal(five, by_hand(5))) && isTRUE(all.equal(lof(x, minPts = 6), by_hand(5)))))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
