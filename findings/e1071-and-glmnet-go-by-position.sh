#!/usr/bin/env bash
# R's e1071 1.7-13 and glmnet 4.1-6: predict takes the columns of a named matrix by their position, whatever they are called.
#
# R is the language of named columns, and predict of prcomp and naiveBayes finds a matrix's columns by name; lda warns. predict of svm and
# glmnet, both fitted on a matrix with names, look at none: the same rows with two columns exchanged are answered as other rows, at chance, and
# in silence. (svm with a formula and a data frame goes by name.) What to do: x[, colnames(training)].
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq r-base-core=4.2.2.20221110-2 r-cran-e1071=1.7-13-1 r-cran-glmnet=4.1-6-1 r-cran-class r-cran-codetools r-cran-foreach r-cran-iterators \
    r-cran-lattice r-cran-mass r-cran-matrix r-cran-proxy r-cran-rcpp r-cran-rcppeigen r-cran-shape r-cran-survival libblas3 liblapack3 libgfortran5 \
    libquadmath0 libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in r-cran-e1071 r-cran-glmnet; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
suppressPackageStartupMessages({ library(e1071); library(glmnet) })
options(warn = 2)
set.seed(1)
x <- cbind(first = rnorm(200), second = rnorm(200))
y <- factor(x[, "first"] > 0)
swapped <- x[, c("second", "first")]
frame <- data.frame(x, y)
ways <- list(naiveBayes = list(naiveBayes(x, y), x, swapped), "svm, formula" = list(svm(y ~ ., frame), frame, frame[c("y", "second", "first")]),
             svm = list(svm(x, y), x, swapped), glmnet = list(glmnet(x, y, "binomial", lambda = 0.01), x, swapped))
right <- sapply(ways, function(w) sapply(w[2:3], function(rows) mean(predict(w[[1]], rows, type = "class") == y)))
rownames(right) <- c("columns as in training", "columns exchanged")
print(right)
quit(status = !(all(right[1, ] > 0.9) && all(right[2, 1:2] == right[1, 1:2]) && all(right[2, 3:4] < 0.65)))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
