#!/usr/bin/env bash
# R's mclust 6.0.0: its BIC is 2 log L - k log n, the larger the better; R's own BIC, flexmix's and scikit-learn's are the smaller the better.
#
# A number called BIC is expected to be least for the best model. Of mclust's which.min chooses the worst number of components - one, where
# the data lie in two heaps - and a table that compares it with another package's ranks the wrong way. plot and summary know it; the numbers
# do not say. What to do: -1 times it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq r-cran-mclust=6.0.0-1 r-cran-flexmix=2.3-18-1 r-cran-lattice r-cran-modeltools r-cran-nnet r-base-core=4.2.2.20221110-2 \
    libblas3 liblapack3 libgfortran5 libquadmath0 libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-mclust_*.deb Version | sed 's/^/r-cran-mclust /'
dpkg-deb -f r-cran-flexmix_*.deb Version | sed 's/^/r-cran-flexmix /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
suppressPackageStartupMessages({ library(mclust); library(flexmix) })
set.seed(1)
x <- c(rnorm(100), rnorm(100, 6))
ours <- mclustBIC(x, G = 1:3, modelNames = "V", verbose = FALSE)[, "V"]
other <- sapply(1:3, function(k) BIC(flexmix(x ~ 1, k = k, model = FLXMCnorm1(), cluster = rep(rep(1:2, each = 100), 1) %% k + 1, control = list(minprior = 0))))
cat("components 1, 2, 3: mclust", round(ours, 1), " flexmix", round(other, 1), "\nleast:", which.min(ours), "and", which.min(other), "\n")
quit(status = !(which.min(ours) == 1 && which.max(ours) == 2 && which.min(other) == 2 && all(ours < 0) && all(other > 0)))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
