#!/usr/bin/env bash
# R's rpart 4.1.19 and gbm 2.1.8: of 18 rows whose classes one column parts perfectly rpart makes no tree but its root; of 100 rows, the second half of another class, gbm with train.fraction = 0.5 learns from the first half.
#
# A tree is expected to split where a split is perfect, and a share of the rows to be drawn. rpart does not split a node of fewer than 20 rows (minsplit), nor one below which a leaf would have fewer than 7: small tables, and groups in large ones, get the class that is most frequent, with the probabilities of
# all rows, and without a message. The rows of gbm are the first ones: of a table sorted by its answer, or by time, the model sees one kind and its validation, in gbm.perf, only the other. What to do: control = rpart.control(minsplit = 2, minbucket = 1); shuffle the rows first.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-rpart r-cran-gbm | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-rpart=4.1.19-1 r-cran-gbm=2.1.8.1-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-cran-rpart|r-cran-gbm|r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-rpart=4.1.19-1 r-cran-gbm=2.1.8.1-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-rpart_*.deb Version | sed 's/^/r-cran-rpart /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
suppressPackageStartupMessages({
    library(rpart)
    library(gbm)
})
options(warn = 2)
small <- data.frame(x = 1:18, y = factor(rep(c("a", "b"), each = 9)))
tree <- rpart(y ~ x, small)
told <- rpart(y ~ x, small, control = rpart.control(minsplit = 2, minbucket = 1))
set.seed(1)
sorted <- data.frame(x = rep(1:50, 2), y = rep(0:1, each = 50))
boosted <- gbm(y ~ x, data = sorted, distribution = "gaussian", train.fraction = 0.5, n.trees = 5)
answers <- predict(boosted, sorted, n.trees = 5)
cat("nodes of rpart:", nrow(tree$frame), ", with minsplit = 2:", nrow(told$frame), "; gbm of halves 0 and 1 predicts", range(answers), "\n")
quit(status = !(nrow(tree$frame) == 1 && nrow(told$frame) == 3 && all(answers == 0)))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
