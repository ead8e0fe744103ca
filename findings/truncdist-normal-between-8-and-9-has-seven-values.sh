#!/usr/bin/env bash
# R's truncdist 1.0-2: a standard normal cut to 8 and 9 is drawn as one of seven values, and its mean is 7.58, below the cut; cut to -9 and -8 all is right.
#
# The two are mirror images, and what is drawn between 8 and 9 is expected to be as fine as anywhere, its mean 8.12. All goes by the distribution
# function, which has only a few doubles between its value at 8 and 1: 868 of 10000 draws are exactly 8, as many 9. rtrunc, dtrunc, extrunc and
# vartrunc are concerned, of any distribution's upper tail: a Gibbs step of a rectified or bounded unit hits it where its input is far below 0.
# From 8.3 on it stops. What to do: cut the mirror image and turn the sign.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-truncdist | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-truncdist=1.0-2-4 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-cran-truncdist|r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-truncdist=1.0-2-4 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-truncdist_*.deb Version | sed 's/^/r-cran-truncdist /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
suppressPackageStartupMessages(library(truncdist))
options(warn = 2)
set.seed(1)
up <- rtrunc(10000, "norm", a = 8, b = 9)
down <- -rtrunc(10000, "norm", a = -9, b = -8)
means <- c(extrunc("norm", a = 8, b = 9), -extrunc("norm", a = -9, b = -8))
cat("values among 10000 draws: between 8 and 9", length(unique(up)), "(", sort(round(unique(up), 3)), "), between -9 and -8", length(unique(down)), "; means", means, "\n")
quit(status = !(length(unique(up)) == 7 && length(unique(down)) > 9000 && means[1] < 8 && abs(means[2] - mean(down)) < 0.01))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
