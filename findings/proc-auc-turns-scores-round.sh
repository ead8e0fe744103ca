#!/usr/bin/env bash
# R's pROC 1.18.0: a score that ranks every case below every control has AUC 1, and scores without any information have 0.59 on average instead of 0.5.
#
# An AUC of 0 tells that a sign is wrong, and chance is 0.5. roc and auc look at the medians of the two groups first and
# turn the comparison round where the cases' is lower, for each call anew: folds, bootstrap samples and a free energy with
# the other sign are all turned to the better side, and a mean over folds is above chance with no signal. A message says
# the direction; quiet = TRUE does not. What to do: direction = "<" (cases are higher), always.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq r-cran-proc=1.18.0-1+b1 r-cran-plyr r-cran-rcpp r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 libgomp1 \
    libicu72 libtirpc3 libpaper1 libcurl4 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-proc_*.deb Version | sed 's/^/r-cran-proc /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
library(pROC, warn.conflicts = FALSE, quietly = TRUE)
options(warn = 2)
y <- c(0, 0, 0, 1, 1, 1)
wrong <- c(0.9, 0.8, 0.7, 0.3, 0.2, 0.1)
turned <- as.numeric(auc(y, wrong, quiet = TRUE))
fixed <- as.numeric(auc(y, wrong, direction = "<", quiet = TRUE))
set.seed(1)
chance <- replicate(500, { x <- rnorm(20); c(auc(rep(0:1, 10), x, quiet = TRUE), auc(rep(0:1, 10), x, direction = "<", quiet = TRUE)) })
cat("AUC of a score with the wrong sign:", turned, "with a direction:", fixed, "\n")
cat("mean and least AUC of 500 scores of noise:", rowMeans(chance)[1], min(chance[1, ]), "with a direction:", rowMeans(chance)[2], min(chance[2, ]), "\n")
quit(status = !(turned == 1 && fixed == 0 && rowMeans(chance)[1] > 0.56 && abs(rowMeans(chance)[2] - 0.5) < 0.02))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
