#!/usr/bin/env bash
# R's RANN 2.6.1: a neighbour that is not within the radius has the number 0 and the distance 1.34e154, and counts in means, sums and comparisons.
#
# NA, or a shorter list, is expected where there is none (scipy has Inf and the number n). nn2(searchtype = "radius") fills up with the square root of the largest double, which is
# finite: a mean distance is 1e154 for one gap, is.finite, is.na and complete.cases find nothing, also of its square. The number 0 as an index drops the
# entry, so that labels[idx] are fewer than rows and stand beside the wrong ones. No message. What to do: idx[idx == 0] <- NA first.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-rann | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-rann=2.6.1-1+b2 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-cran-rann|r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-rann=2.6.1-1+b2 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-rann_*.deb Version | sed 's/^/r-cran-rann /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
library(RANN)
options(warn = 2)
points <- matrix(c(0, 1, 5, 9))
asked <- matrix(c(3, 0.2, 8.5))
found <- nn2(points, asked, k = 1, searchtype = "radius", radius = 1)
labels <- c("a", "b", "c", "d")
cat("numbers:", found$nn.idx, "distances:", found$nn.dists, "mean:", mean(found$nn.dists), "finite:", all(is.finite(found$nn.dists)), "; labels of 3 rows:", labels[found$nn.idx], "\n")
quit(status = !(identical(as.vector(found$nn.idx), c(0L, 1L, 4L)) && found$nn.dists[1] > 1e154 && all(is.finite(found$nn.dists)) && length(labels[found$nn.idx]) == 2))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
