#!/usr/bin/env bash
# R's VIM 6.2.2: kNN and hotdeck of a table with the columns a and b give one with a, b, a_imp, b_imp; as a matrix the columns behind are 0 and 1.
#
# Filling gaps is expected to give the same table without gaps, as impute, mice's complete and missForest do. Behind the columns come as many that tell which cells were filled: as.matrix, scale or a model that takes all columns has twice the units, of which the second half knows where gaps were, a column a_imp takes part in distances of
# the next step. No message. What to do: imp_var = FALSE.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-vim r-cran-mass | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-vim=6.2.2+dfsg-1 r-cran-mass=7.3-58.2-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4|r-cran-vim|r-cran-mass' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-vim=6.2.2+dfsg-1 r-cran-mass=7.3-58.2-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in r-cran-vim r-cran-mass; do dpkg-deb -f "${name}"_*.deb Version | sed "s/^/$name /"; done
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
suppressPackageStartupMessages(suppressWarnings(library(VIM)))
x <- data.frame(a = c(1, NA, 3, 4), b = c(1, 2, 3, 4))
usual <- kNN(x, k = 1)
told <- kNN(x, k = 1, imp_var = FALSE)
set.seed(1)
hot <- names(hotdeck(x))
cat("VIM", format(packageVersion("VIM")), "\n names:", names(usual), "; row 2 as a matrix:", as.matrix(usual)[2, ], "; hotdeck:", hot, "; with imp_var = FALSE:", names(told), "\n")
quit(status = !(identical(names(usual), c("a", "b", "a_imp", "b_imp")) && identical(hot, names(usual)) && identical(names(told), c("a", "b")) && all(as.matrix(usual)[2, 3:4] == c(1, 0))))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
