#!/usr/bin/env bash
# R's arm 1.13, scales 1.2.1 and datawizard 0.6.5: rescale of 0, 5, 10 is -0.5, 0, 0.5, or 0, 0.5, 1, or 0, 50, 100.
#
# One name is expected to be one range. scales goes to 0 and 1, datawizard to 0 and 100, arm takes the mean away and divides by two
# deviations, so that standardised columns have a deviation of 0.5; of bits arm takes the mean away only. Which is called depends on what
# was loaded last, a warning about masked names aside, and a model of values from 0 to 1 fed by another one runs on. What to do:
# scales::rescale, written out.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-arm r-cran-scales r-cran-datawizard | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-arm=1.13-1-1 r-cran-scales=1.2.1-1 r-cran-datawizard=0.6.5+dfsg-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-cran-arm|r-cran-scales|r-cran-datawizard|r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-arm=1.13-1-1 r-cran-scales=1.2.1-1 r-cran-datawizard=0.6.5+dfsg-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-arm_*.deb Version | sed 's/^/r-cran-arm /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
suppressPackageStartupMessages({ library(arm); library(scales); library(datawizard) })
x <- c(0, 5, 10)
found <- list(arm = as.numeric(arm::rescale(x)), scales = scales::rescale(x), datawizard = as.numeric(datawizard::rescale(x)), bits = as.numeric(arm::rescale(c(0, 1, 1, 1))))
for (n in names(found)) cat(n, ":", found[[n]], "\n")
quit(status = !(all.equal(found$arm, c(-0.5, 0, 0.5)) && all.equal(found$scales, c(0, 0.5, 1)) && all.equal(found$datawizard, c(0, 50, 100)) && all.equal(found$bits, c(-0.75, 0.25, 0.25, 0.25))))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
