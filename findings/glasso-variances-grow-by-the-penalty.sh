#!/usr/bin/env bash
# R's glasso 1.11: with a penalty of 0.1 the variances of the fitted Gaussian are 1.1 where the data have 1, and all couplings are too weak; scikit-learn's keeps the variances.
#
# The penalty of a graphical lasso is there to make couplings zero, and a Gaussian that is fitted by maximum likelihood is expected to keep the variances of the data. By default the diagonal of
# the precision is penalised as well: every variance grows by rho, also where no coupling is left; log likelihoods, conditional means and graphs chosen by BIC are others than with
# GraphicalLasso of scikit-learn at the same penalty, or with the other default of packages on top. What to do: penalize.diagonal = FALSE.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-glasso | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-glasso=1.11-1+b1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-cran-glasso|r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-glasso=1.11-1+b1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-glasso_*.deb Version | sed 's/^/r-cran-glasso /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
library(glasso)
s <- matrix(c(1, 0.6, 0, 0.6, 1, 0.3, 0, 0.3, 1), 3)
fit <- glasso(s, rho = 0.1)
kept <- glasso(s, rho = 0.1, penalize.diagonal = FALSE)
strongest <- glasso(s, rho = 1)
cat("variances:", diag(fit$w), "with rho = 1, no coupling left:", diag(strongest$w), "; penalize.diagonal = FALSE:", diag(kept$w), "\n")
cat("coupling of the first two:", -fit$wi[1, 2], "; penalize.diagonal = FALSE:", -kept$wi[1, 2], "\n")
quit(status = !(all(abs(diag(fit$w) - 1.1) < 1e-9) && all(abs(diag(strongest$w) - 2) < 1e-9) && all(abs(diag(kept$w) - 1) < 1e-9) && fit$wi[1, 2] > kept$wi[1, 2]))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
