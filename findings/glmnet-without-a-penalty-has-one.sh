#!/usr/bin/env bash
# R's glmnet 4.1-6: coefficients at s = 0 are those of the smallest lambda that was fitted (1.8 instead of 2.9 for a ridge), and at s = 0.5 of a fit at 1 and 0 1.6 instead of 0.48.
#
# The penalty asked for is expected to be that of the answer, or an error where it was not fitted. coef and predict draw a straight line between the two nearest values of the path, and beyond its ends give the last one:
# "no penalty" is one of 0.03, a comparison with glm finds a shrinkage that s = 0 excludes, and a short path of one's own gives numbers of no model at all. With 100
# values of lambda what lies between them is close. No message. What to do: exact = TRUE with x and y, or fit with that lambda.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-glmnet | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-glmnet=4.1-6-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-cran-glmnet|r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-glmnet=4.1-6-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-glmnet_*.deb Version | sed 's/^/r-cran-glmnet /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
suppressPackageStartupMessages(library(glmnet))
options(warn = 2)
set.seed(1)
x <- matrix(rnorm(400), 100)
y <- rbinom(100, 1, plogis(3 * x[, 1]))
ridge <- function(...) glmnet(x, y, family = "binomial", alpha = 0, ...)
slope <- function(fit, s, ...) coef(fit, s = s, ...)[2]
path <- ridge()
found <- c(s0 = slope(path, 0), smallest = slope(path, min(path$lambda)), glm = unname(coef(glm(y ~ x, family = binomial))[2]), exact = slope(path, 0, exact = TRUE, x = x, y = y),
           between = slope(ridge(lambda = c(1, 0)), 0.5), fitted = slope(ridge(lambda = c(1, 0.5)), 0.5))
cat("first coefficient:", paste(names(found), round(found, 3)), "; smallest lambda", min(path$lambda), "\n")
quit(status = !(found["s0"] == found["smallest"] && found["glm"] > 1.5 * found["s0"] && abs(found["exact"] - found["glm"]) < 0.1 && found["between"] > 3 * found["fitted"]))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
