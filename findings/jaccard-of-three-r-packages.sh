#!/usr/bin/env bash
# R's stats 4.2.2, ade4 1.7-22 and vegan 2.6-4: the Jaccard distance of the same two rows is 0.5, 0.707 and 0.667.
#
# One name is expected to be one number. dist(, "binary") is 1 - both / either; dist.binary(, method = 1) of ade4 is its square root;
# vegdist(, "jaccard") of vegan takes numbers above 1 as amounts, and is another from the first row with a 3 in it on, unless binary = TRUE. A
# threshold of 0.6 means three things. What to do: dist.binary(...)^2, binary = TRUE.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq r-cran-ade4=1.7-22-1 r-cran-vegan=2.6-4+dfsg-1 r-cran-mass r-cran-pixmap r-cran-sp r-cran-lattice r-cran-rcpp r-cran-littler \
    r-cran-pkgkitten r-cran-rcpparmadillo r-cran-permute r-cran-cluster r-cran-mgcv r-cran-nlme r-cran-matrix r-base-core=4.2.2.20221110-2 \
    libblas3 liblapack3 libgfortran5 libquadmath0 libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-ade4_*.deb Version | sed 's/^/r-cran-ade4 /'
dpkg-deb -f r-cran-vegan_*.deb Version | sed 's/^/r-cran-vegan /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
suppressPackageStartupMessages({ library(ade4); library(vegan) })
options(warn = 2)
m <- rbind(c(1, 1, 0, 1, 0), c(3, 0, 0, 1, 1))
found <- c(stats = dist(m, "binary")[1], ade4 = dist.binary(m, method = 1)[1], vegan = vegdist(m, "jaccard")[1], "vegan, binary" = vegdist(m, "jaccard", binary = TRUE)[1])
print(round(found, 4))
quit(status = !(all(abs(found - c(0.5, sqrt(0.5), 2 / 3, 0.5)) < 1e-12)))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
