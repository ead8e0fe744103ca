#!/usr/bin/env bash
# R's Matrix 1.5.3: the numbers of rsparsematrix(100, 100, 0.5) have two significant digits: of 5000 draws 414 differ, where rnorm's are all different; the variance is that of the normal.
#
# A matrix drawn from the normal is expected to have draws from it. They are rounded to two digits, so that equal couplings, ties of ranks and pairs that cancel are everywhere: in a start that is meant to break symmetry, and in a test whose order of numbers must
# not depend on ties. Mean and variance show nothing, nor does a print with few digits; the call in the manual has the rounding among its defaults. What to do: rand.x = rnorm.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-matrix | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-matrix=1.5-3-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4|r-cran-matrix' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-matrix=1.5-3-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-matrix_*.deb Version | sed 's/^/r-cran-matrix /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
suppressPackageStartupMessages(library(Matrix))
set.seed(1)
x <- rsparsematrix(100, 100, 0.5)@x
set.seed(1)
told <- rsparsematrix(100, 100, 0.5, rand.x = rnorm)@x
cat("Matrix", format(packageVersion("Matrix")), "\n draws:", length(x), "; different:", length(unique(x)), "; with rand.x = rnorm:", length(unique(told)), "; first:", head(x, 4), "; variances:", signif(var(x), 3), signif(var(told), 3), "\n")
quit(status = !(length(x) == 5000 && all(x == signif(x, 2)) && length(unique(x)) < 500 && length(unique(told)) == 5000))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
