#!/usr/bin/env bash
# R's extraDistr 1.9.1: rcat draws the categories 1, 2, 3, and rcatlp, which takes logarithms of the same probabilities, 0, 1, 2.
#
# The two are expected to differ in what they are given alone. R counts from 1, and so does the density dcat of the package: draws of rcatlp
# as an index, states[k], leave the zeros out without a word and shift the others, so that a sample of 1000 has some hundred values fewer
# and none of the last category; tabulate and dcat of a 0 answer nothing and 0. What to do: rcatlp(...) + 1, or rcat(n, exp(lp - max(lp))).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-extradistr | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-extradistr=1.9.1-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-cran-extradistr|r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-extradistr=1.9.1-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-extradistr_*.deb Version | sed 's/^/r-cran-extradistr /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
library(extraDistr)
options(warn = 2)
p <- c(0.5, 0.3, 0.2)
set.seed(1); a <- rcat(1000, p)
set.seed(1); b <- rcatlp(1000, log(p))
states <- c("x", "y", "z")
cat("rcat:", sort(unique(a)), "; rcatlp:", sort(unique(b)), "; letters by rcat:", table(states[a]), ", by rcatlp:", table(states[b]), "; dcat of 0:", dcat(0, p), "\n")
quit(status = !(identical(sort(unique(as.numeric(a))), c(1, 2, 3)) && identical(sort(unique(as.numeric(b))), c(0, 1, 2)) && length(states[b]) < 700 && !("z" %in% states[b])))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
