#!/usr/bin/env bash
# R's flexmix 2.3-18: a mixture asked for with k = 2 is fitted with one component, where the second has less than one row in twenty.
#
# k is expected to be the number of components. During the iterations every one whose weight falls below minprior = 0.05 is removed: 30 rows
# of 1000 twelve standard deviations away become part of one broad normal, and a comparison of k = 1, 2, 3 by BIC compares the same model. No
# warning; k of the result tells. What to do: control = list(minprior = 0).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq r-cran-flexmix=2.3-18-1 r-cran-lattice r-cran-modeltools r-cran-nnet r-base-core=4.2.2.20221110-2 libblas3 liblapack3 \
    libgfortran5 libquadmath0 libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-flexmix_*.deb Version | sed 's/^/r-cran-flexmix /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
suppressPackageStartupMessages(library(flexmix))
options(warn = 2)
set.seed(1)
x <- c(rnorm(970), rnorm(30, 12))
fit <- function(...) { set.seed(1); flexmix(x ~ 1, k = 2, model = FLXMCnorm1(), cluster = 1 + (x > 6), ...) }
found <- list(default = fit(), "minprior = 0" = fit(control = list(minprior = 0)))
for (name in names(found)) cat(name, ": components", found[[name]]@k, ", means", parameters(found[[name]])["mean", ], "\n")
quit(status = !(found[[1]]@k == 1 && found[[2]]@k == 2))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
