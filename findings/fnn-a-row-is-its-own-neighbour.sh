#!/usr/bin/env bash
# R's FNN 1.1.3.1: the nearest neighbour that get.knn finds for a row is, where rows repeat, often the row itself: 16 of 100 rows of four bits, so that their own labels answer for them.
#
# Neighbours within one table are expected to be others, and knn.cv to leave the row out. k + 1 are sought and the first is dropped, which is the row only while none is equal to it. Of rows of bits or
# counts many are: labels thrown by a coin are "predicted" in more than half of the rows, by knn.cv of class in half. Distances stay right, and so does a table of numbers that never repeat.
# Nothing is said. What to do: algorithm = "CR", or get.knn(x, k + 1) and take the row out yourself.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-fnn r-cran-class | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-fnn=1.1.3.1-1 r-cran-class=7.3-21-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-cran-fnn|r-cran-class|r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-fnn=1.1.3.1-1 r-cran-class=7.3-21-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in r-cran-fnn r-cran-class; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
library(FNN)
options(warn = 2)
set.seed(1)
x <- matrix(rbinom(400, 1, 0.5), 100)
own <- sapply(c("kd_tree", "cover_tree", "brute", "CR"), function(a) sum(get.knn(x, 1, algorithm = a)$nn.index[, 1] == 1:100))
distinct <- sum(get.knn(matrix(rnorm(400), 100), 1)$nn.index[, 1] == 1:100)
coins <- replicate(200, { y <- factor(rbinom(100, 1, 0.5)); c(FNN = mean(FNN::knn.cv(x, y, 1) == y), class = mean(class::knn.cv(x, y, 1) == y)) })
right <- round(rowMeans(coins), 2)
cat("rows of 100 that are their own neighbour:", paste(names(own), own), "; of numbers that never repeat:", distinct, "; labels by a coin predicted by knn.cv of", paste(names(right), right), "\n")
quit(status = !(own["kd_tree"] > 0 && own["brute"] > 0 && own["CR"] == 0 && distinct == 0 && right["FNN"] > 0.54 && abs(right["class"] - 0.5) < 0.03))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
