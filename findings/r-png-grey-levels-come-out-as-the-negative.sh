#!/usr/bin/env bash
# R's png 0.1-8 and jpeg 0.1-10: a grey picture of 0, 1, 64, 128, 255 written by writePNG comes out as 0, 255, 192, 128, 1, its negative but for black; tiff 0.1-11 gives a warning.
#
# Values beyond the scale are expected to be refused, or cut at white. The scale is 0 to 1, and a number above is multiplied by 255 all the same and keeps its last eight bits, so that a picture in levels of 0 to 255, as most files and numpy have it, is a picture still: black stays black, a 1 becomes white, and
# 255 nearly black. A value of 1.005, a rounding beyond 1, is black. Nothing is said. What to do: pmin(pmax(x / 255, 0), 1).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-png r-cran-jpeg | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-png=0.1-8-1 r-cran-jpeg=0.1-10-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-cran-png|r-cran-jpeg|r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-png=0.1-8-1 r-cran-jpeg=0.1-10-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-png_*.deb Version | sed 's/^/r-cran-png /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
library(png)
library(jpeg)
options(warn = 2)
x <- matrix(c(0, 1, 64, 128, 255), 1)
writePNG(x, "x.png")
back <- round(readPNG("x.png") * 255)
writePNG(x / 255, "right.png")
right <- round(readPNG("right.png") * 255)
writePNG(matrix(c(1, 1.005), 1), "edge.png")
edge <- round(readPNG("edge.png") * 255)
writeJPEG(matrix(255, 16, 16), "x.jpg", quality = 1)
white <- mean(readJPEG("x.jpg")) * 255
cat("0 1 64 128 255 by writePNG:", back, "; divided by 255:", right, "; 1 and 1.005:", edge, "; 255 by writeJPEG:", white, "\n")
quit(status = !(identical(c(back), c(0, 255, 192, 128, 1)) && identical(c(right), c(0, 1, 64, 128, 255)) && edge[2] < 2 && white < 5))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
