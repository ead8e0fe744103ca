#!/usr/bin/env bash
# R's ROSE 0.0-4: accuracy.meas gives an F of 0.5 to a prediction without an error, precision 1 and recall 1; it is half of what its help defines.
#
# F is 2 PR / (P + R), which the help says too, and 1 is the best. The factor 2 is missing in accuracy.meas and in ROSE.eval(acc.measure = "F").
# Compared with each other such values are in the right order; beside F1 of another package the model looks half as good. And what lies at the
# threshold counts as positive, where help and output say "greater than": with scores of 0, 0.5 and 1 precision and recall are others. What to do:
# compute F from the precision and recall that it returns.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-rose | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-rose=0.0-4-2 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-cran-rose|r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-rose=0.0-4-2 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-rose_*.deb Version | sed 's/^/r-cran-rose /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
suppressPackageStartupMessages(library(ROSE))
y <- c(0, 0, 1, 1)
perfect <- accuracy.meas(y, c(0.1, 0.2, 0.8, 0.9))
middle <- accuracy.meas(y, c(0.1, 0.5, 0.8, 0.9))
cat("without an error: precision", perfect$precision, ", recall", perfect$recall, ", F", perfect$F, "; with one negative at 0.5, the threshold: precision", middle$precision, "\n")
p <- middle$precision
r <- middle$recall
quit(status = !(perfect$precision == 1 && perfect$recall == 1 && perfect$F == 0.5 && isTRUE(all.equal(middle$F, p * r / (p + r))) && isTRUE(all.equal(p, 2 / 3))))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
