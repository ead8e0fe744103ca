#!/usr/bin/env bash
# R's caret 6.0-93: R2 and the Rsquared of train and postResample are 1 for a prediction of the wrong sign that is a hundred times too large and 7 off.
#
# R squared is expected to be the share of the variance that is explained, 1 - residual / total, which is negative for a prediction worse than the mean, as scikit-learn's r2_score
# has it. Here it is the squared correlation: sign, scale and offset do not count, a rate in other units or a score turned round is perfect, and where train chooses by Rsquared it chooses
# by that. Only RMSE beside it tells. (score of ml-regression on npm calls the same r2.) What to do: R2(pred, obs, formula = "traditional").
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-caret | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-caret=6.0-93+dfsg-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-cran-caret|r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-caret=6.0-93+dfsg-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-caret_*.deb Version | sed 's/^/r-cran-caret /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export TZ=UTC R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
suppressWarnings(suppressPackageStartupMessages(library(caret)))
set.seed(1)
observed <- rnorm(50)
predicted <- 7 - 100 * observed
both <- c(R2(predicted, observed), unname(postResample(predicted, observed)["Rsquared"]))
share <- R2(predicted, observed, formula = "traditional")
cat("R2 and postResample of 7 - 100 y:", both, "; traditional:", share, "; 1 - residual / total:", 1 - sum((observed - predicted)^2) / sum((observed - mean(observed))^2), "\n")
quit(status = !(all(abs(both - 1) < 1e-9) && share < -9000))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
