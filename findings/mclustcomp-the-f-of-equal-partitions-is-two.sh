#!/usr/bin/env bash
# R's mclustcomp 0.3.3: the F-measure of 1, 1, 2, 2 with itself is 2, and so is that with 1, 2, 1, 2, which shares no pair; of three pairs with itself 2, of four rows in one group 4; the Rand index is 1 and 0.33.
#
# An F is expected to be 1 for equal partitions and less for others. It is weighted by something that grows with the size of the groups, so that it is no share, and that of the worst partition may be the best one: the number of groups chosen by it is the smallest one. Rand, Jaccard and the informations beside it are right.
# What to do: "sdc" (Dice), which is the F of pairs.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-mclustcomp | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-mclustcomp=0.3.3-2 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4|r-cran-mclustcomp' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-mclustcomp=0.3.3-2 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-mclustcomp_*.deb Version | sed 's/^/r-cran-mclustcomp /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
suppressPackageStartupMessages(library(mclustcomp))
of <- function(a, b) {
    x <- suppressWarnings(mclustcomp(a, b, types = c("f", "rand", "sdc")))
    setNames(x$scores, x$types)[c("f", "rand", "sdc")]
}
same <- of(c(1, 1, 2, 2), c(1, 1, 2, 2))
crossed <- of(c(1, 1, 2, 2), c(1, 2, 1, 2))
three <- of(c(1, 1, 2, 2, 3, 3), c(1, 1, 2, 2, 3, 3))
one <- of(c(1, 1, 1, 1), c(1, 1, 1, 1))
cat("mclustcomp", format(packageVersion("mclustcomp")), "\n F, Rand, Dice: of equal partitions", same, "; of crossed ones", crossed, "; of three pairs", three, "; of one group", one, "\n")
quit(status = !isTRUE(all.equal(unname(c(same, crossed, three, one)), c(2, 1, 1, 2, 1 / 3, 0, 2, 1, 1, 4, 1, 1))))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
