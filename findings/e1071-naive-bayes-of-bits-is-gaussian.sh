#!/usr/bin/env bash
# R's e1071 1.7-13: naive Bayes of a matrix of 0 and 1 fits normal distributions, and laplace = 1 changes nothing.
#
# Rates of bits are expected, at least with laplace given, which has a meaning for counts only. Columns of numbers are normal, whatever they
# hold. A bit that is 1 in all rows of a class has a deviation of 0, taken as 0.001, and so a density of 399 there: it counts eight hundred
# times for its class where its rates, 1 and 1/2, count twice, and outvotes the others. What to do: make the columns factors with both levels.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq r-cran-e1071=1.7-13-1 r-cran-class r-cran-mass r-cran-proxy r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 \
    libquadmath0 libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-e1071_*.deb Version | sed 's/^/r-cran-e1071 /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
library(e1071)
options(warn = 2)
class <- factor(rep(c("a", "b"), each = 10))
bits <- cbind(c(rep(1, 10), rep(0:1, 5)), c(rep(1, 9), 0, rep(0, 9), 1))
odd <- matrix(c(1, 0), 1)
prob <- function(x, new, laplace) { m <- naiveBayes(x, class, laplace = laplace); predict(m, new, type = "raw")[1, "a"] }
factors <- function(m) as.data.frame(lapply(as.data.frame(m), factor, levels = 0:1))
found <- c(prob(bits, odd, 0), prob(bits, odd, 1), prob(factors(bits), factors(odd), 0), 0.1 / (0.1 + 0.5 * 0.9))
cat("P(a) of 1 0: numbers", found[1], ", with laplace = 1", found[2], ", factors", found[3], ", by hand", found[4], "\n")
quit(status = !(found[1] > 0.9 && found[2] == found[1] && abs(found[3] - found[4]) < 1e-9))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
