#!/usr/bin/env bash
# R's amap 0.8-19: the correlation distance of a row that does not vary is 0 to every row, also to two that are 2, the most, apart from each other.
#
# There is no r of such a row: cor says NA, with a warning. Dist(x, "correlation"), in its help 1 - r, answers 0, the least: units that are always
# off, border pixels and empty samples are each other's and everybody's nearest neighbours, and hcluster merges them first, which joins groups
# that have nothing in common; with "abscorrelation" the distance is 1. Of "pearson" and a row of zeros it is NaN. What to do: leave out rows
# without variation before.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-amap | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-amap=0.8-19-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-cran-amap|r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-amap=0.8-19-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-amap_*.deb Version | sed 's/^/r-cran-amap /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
library(amap)
x <- rbind(up = 1:4, down = 4:1, still = 2)
d <- as.matrix(Dist(x, "correlation"))
print(d)
first <- hcluster(x, method = "correlation")$merge[1, ]
other <- as.matrix(Dist(x, "abscorrelation"))["still", "up"]
r <- suppressWarnings(cor(t(x))["still", "up"])
cat("merged first:", rownames(x)[-sort(first, decreasing = TRUE)], "; abscorrelation of still and up:", other, "; cor:", r, "\n")
quit(status = !(all(d["still", ] == 0) && d["up", "down"] == 2 && -3 %in% first && other == 1 && is.na(r)))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
