#!/usr/bin/env bash
# R's nnet 7.3-18: a network fitted to values from 11 to 30 answers 1 for every row, without a warning.
#
# A regression is expected where the target is a number, as in glm, rpart or randomForest. The output unit is a logistic one unless linout =
# TRUE, so that no answer leaves 0 to 1: values beyond are met by 1 throughout, negative ones by 0, and a target that lies between 0 and 1
# hides it. It "converges" at once. What to do: linout = TRUE.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq r-cran-nnet=7.3-18-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 libgomp1 libicu72 libtirpc3 \
    libpaper1 libcurl4 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-nnet_*.deb Version | sed 's/^/r-cran-nnet /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
library(nnet)
options(warn = 2)
x <- matrix(1:20 / 20)
y <- 10 + 1:20
fit <- function(...) { set.seed(1); range(predict(nnet(x, y, size = 2, trace = FALSE, maxit = 1000, ...), x)) }
found <- list(default = fit(), "linout = TRUE" = fit(linout = TRUE))
cat("targets", range(y), "; answers by default", found[[1]], "; with linout = TRUE", found[[2]], "\n")
quit(status = !(all(found[[1]] > 0.999 & found[[1]] <= 1) && found[[2]][1] < 12 && found[[2]][2] > 29))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
