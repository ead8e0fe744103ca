#!/usr/bin/env bash
# R 4.2.2: of 0, 1, 4, 9 hclust(dist(x), "centroid") joins at 1, 3.25 and 6.44, where the centroids are 1, 3.5 and 7.33 apart; "ward.D" of the same distances joins at 1, 4.33, 9.67, "ward.D2" at 1, 4.04, 8.98, which is scipy's "ward".
#
# A method named after centroids is expected to join at the distance of centroids when it is given distances, as scipy's linkage(x, "centroid") does. The formula that it uses holds for squares, and "centroid", "median" and "ward.D" take what they get for squares: heights are no distances, other groups are joined first where
# they lie close, and trees from R and Python differ under one name. Nothing is said when run. What to do: hclust(dist(x)^2, "centroid"), the root of its heights; "ward.D2".
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 \
    2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-base-core_*.deb Version | sed 's/^/r-base-core /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
options(warn = 2)
x <- c(0, 1, 4, 9)
d <- dist(x)
usual <- hclust(d, "centroid")$height
squares <- sqrt(hclust(d^2, "centroid")$height)
true <- c(1, 4 - mean(x[1:2]), 9 - mean(x[1:3]))
ward <- hclust(d, "ward.D")$height
ward2 <- hclust(d, "ward.D2")$height
cat("centroids are apart:", round(true, 2), "; hclust:", round(usual, 2), "; root of that of squares:", round(squares, 2), "; ward.D:", round(ward, 2), "; ward.D2:", round(ward2, 2), "\n")
quit(status = !(isTRUE(all.equal(squares, true)) && max(abs(usual - c(1, 3.25, 6.4444))) < 1e-3 && max(abs(ward - ward2)) > 0.5))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
