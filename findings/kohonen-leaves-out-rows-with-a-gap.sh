#!/usr/bin/env bash
# R's kohonen 3.0.11: som of 20 rows, one of which has a gap, answers 19 units, and predict of 20 rows 19 as well; those behind belong to the rows before.
#
# A map that is said to take missing values is expected to leave them out of the distances, or to have NA for such a row. With the default
# maxNA.fraction = 0 a row with one NA is taken away before the training, and again before the prediction: unit.classif is shorter, without
# names where the rows had none, and cbind or a plot by labels has every later row one unit too early. No warning. What to do:
# maxNA.fraction = 0.99.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-kohonen | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-kohonen=3.0.11+dfsg-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-cran-kohonen|r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-kohonen=3.0.11+dfsg-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-kohonen_*.deb Version | sed 's/^/r-cran-kohonen /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
suppressPackageStartupMessages(library(kohonen))
options(warn = 2)
set.seed(1)
x <- cbind(1:20, 1:20) * 1.0
x[3, 2] <- NA
s <- som(x, somgrid(2, 2))
p <- predict(s, newdata = x)
all <- som(x, somgrid(2, 2), maxNA.fraction = 0.9)
same <- identical(s$unit.classif[3:19], predict(s, newdata = x[4:20, ])$unit.classif)
cat("rows 20, units", length(s$unit.classif), ", predicted", length(p$unit.classif), ", with maxNA.fraction = 0.9:", length(all$unit.classif), "; the third unit is row 4's:", same, "\n")
quit(status = !(length(s$unit.classif) == 19 && length(p$unit.classif) == 19 && length(all$unit.classif) == 20 && same))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
