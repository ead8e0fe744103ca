#!/usr/bin/env bash
# R's huge 1.3.5: the inverse covariance of columns with deviations 1, 10 and 100 has 1, 1, 1 on its diagonal, of the same columns' covariance 1, 0.01, 0.0001.
#
# huge(x) and huge(cov(x)) are expected to be one: the function takes either and tells them by symmetry. Data are made standard first,
# without a word, a covariance is taken as it is, so that icov of data is that of their correlations: conditional means, log likelihoods and
# couplings computed from it with the columns as they are come out wrong by factors of deviations, and rightly only for data that were
# standard before. What to do: divide icov by outer(sd, sd).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-huge | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-huge=1.3.5-1+b1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-cran-huge|r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-huge=1.3.5-1+b1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-huge_*.deb Version | sed 's/^/r-cran-huge /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
suppressPackageStartupMessages(library(huge))
set.seed(1)
x <- matrix(rnorm(3000), 1000) %*% diag(c(1, 10, 100))
own <- huge(x, method = "glasso", lambda = 1e-4, verbose = FALSE)$icov[[1]]
given <- huge(cov(x), method = "glasso", lambda = 1e-4, verbose = FALSE)$icov[[1]]
true <- solve(cov(x)); sd <- sqrt(diag(cov(x)))
back <- own / outer(sd, sd)
cat("diagonal by huge:", signif(diag(own), 3), "; of the covariance:", signif(diag(given), 3), "; inverse covariance:", signif(diag(true), 3), "; divided by outer(sd, sd):", signif(diag(back), 3), "\n")
quit(status = !(all(abs(diag(own) - 1) < 0.05) && all(abs(diag(given) / diag(true) - 1) < 0.05) && diag(true)[3] < 2e-4 && all(abs(diag(back) / diag(true) - 1) < 0.01)))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
