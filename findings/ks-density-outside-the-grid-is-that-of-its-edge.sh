#!/usr/bin/env bash
# R's ks 1.14.0: the density that kde learned of 200 normal numbers is 8e-06 at 5, at 100 and at a million; in two dimensions it is 0 there.
#
# A density is expected to fall to 0 away from the data, or to be refused there. It is kept on a grid that ends a little beyond them, and in one
# dimension predict, dkde and kde(eval.points = ) hold its last value for all that lies outside. As a score for anomalies -log p ends at 11.7, and
# a reading of a million is as likely as one of 3.7; in two dimensions the same call answers 0, an infinite score. What to do: compare with
# range(k$eval.points) first.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-ks | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-ks=1.14.0-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-cran-ks|r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-ks=1.14.0-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-ks_*.deb Version | sed 's/^/r-cran-ks /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
suppressMessages(library(ks))
set.seed(1)
x <- rnorm(200)
k <- kde(x)
far <- c(5, 100, 1e6)
one <- predict(k, x = far)
asked <- kde(x, eval.points = far)$estimate
two <- predict(kde(cbind(x, rnorm(200))), x = cbind(far, 0))
cat("grid from", range(k$eval.points), "; density at 0:", predict(k, x = 0), ", at 5, 100 and 1e6:", one, ", by eval.points:", asked, ", in two dimensions:", two, "\n")
quit(status = !(all(one == one[1]) && one[1] > 1e-6 && all(asked == one[1]) && all(two[2:3] == 0)))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
