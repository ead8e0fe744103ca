#!/usr/bin/env bash
# R's kernlab 0.9-32: two ksvm of the same rows have kernels of other widths, by a factor of up to three, and other predictions; the width is drawn, as set.seed shows.
#
# A support vector machine is the solution of a convex problem, and without cross-validation it is expected to be the same each time, as e1071's svm is. The width of the default kernel is
# taken from distances between rows drawn at random: number of support vectors, errors and scores of new rows move from fit to fit, and a comparison of two columns or
# costs compares two draws besides. A number drawn before the fit changes the model. No message. What to do: kpar = list(sigma = 1 / ncol(x)) of standardised columns, or set.seed (frac = 1 of sigest is drawn, too).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-kernlab | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-kernlab=0.9-32-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-cran-kernlab|r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-kernlab=0.9-32-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-kernlab_*.deb Version | sed 's/^/r-cran-kernlab /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
library(kernlab)
options(warn = 2)
x <- scale(as.matrix(iris[, 1:3]))
y <- iris[, 4]
fit <- function(seed, ...) { set.seed(seed); ksvm(x, y, scaled = FALSE, ...) }
width <- function(model) kernelf(model)@kpar$sigma
models <- lapply(1:20, fit)
widths <- sapply(models, width)
first <- sapply(models, function(m) predict(m, x[150, , drop = FALSE]))
fixed <- sapply(1:3, function(seed) predict(fit(seed, kpar = list(sigma = 1 / ncol(x))), x[150, , drop = FALSE]))
again <- identical(width(fit(1)), widths[1])
cat("widths of 20 fits: from", min(widths), "to", max(widths), "; support vectors", range(sapply(models, nSV)), "; prediction of row 150 from", min(first), "to", max(first), "; one seed, one width:", again, "; with sigma given", unique(fixed), "\n")
quit(status = !(max(widths) > 1.5 * min(widths) && diff(range(first)) > 0.01 && again && length(unique(fixed)) == 1))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
