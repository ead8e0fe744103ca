#!/usr/bin/env bash
# R's caret 6.0-93: gaps filled by preProcess(method = "knnImpute") come with all other cells standardised: of 10 to 60 remain -1.3 to 1.3; "medianImpute" leaves the cells as they are.
#
# Filling gaps is expected to change gaps. Neighbours need columns of one scale, and these are what comes out: the table has deviations instead of doses, 0 and 1 of bits are -1.1 and
# 0.7, probabilities are negative, and a new row filled in goes to a model that learned from the old units. Predicted gaps look like any number of a standardised column. No
# message. What to do: x * p$std + p$mean of each column, with the result p of preProcess.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-caret | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-caret=6.0-93+dfsg-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-cran-caret|r-cran-rann|r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-caret=6.0-93+dfsg-1 r-cran-rann r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-caret_*.deb Version | sed 's/^/r-cran-caret /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export TZ=UTC R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
suppressWarnings(suppressPackageStartupMessages(library(caret)))
table <- data.frame(dose = c(10, 20, 30, 40, 50, 60), bit = c(0, 0, NA, 1, 1, 1))
knn <- preProcess(table, method = "knnImpute", k = 2)
filled <- predict(knn, table)
median <- predict(preProcess(table, method = "medianImpute"), table)
back <- filled$dose * knn$std["dose"] + knn$mean["dose"]
cat("dose by knnImpute:", round(filled$dose, 3), "bit:", round(filled$bit, 3), "; dose by medianImpute:", median$dose, "bit:", median$bit, "; dose turned back:", back, "\n")
quit(status = !(abs(mean(filled$dose)) < 1e-12 && abs(sd(filled$dose) - 1) < 1e-12 && identical(median$dose, table$dose) && all(abs(back - table$dose) < 1e-9)))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
