#!/usr/bin/env bash
# R's proxy 0.4-27: the correlation distance of two rows that are each other's opposite is 0, the least there is; their cosine distance is 2.
#
# A correlation of -1 is expected to be the largest distance, 2 in scipy and R's amap, or 1 after halving. dist(x, method = "correlation") makes distances of similarities by 1 - |r|: a row and its
# mirror image, the state with all units turned round, are neighbours, and clusters join what excludes each other. dist(x, method = "cosine") of the same package is 1 - cos. No
# message. What to do: as.dist(1 - cor(t(x))).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-proxy | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-proxy=0.4-27-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-cran-proxy|r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-proxy=0.4-27-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-proxy_*.deb Version | sed 's/^/r-cran-proxy /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
suppressPackageStartupMessages(library(proxy))
options(warn = 2)
x <- rbind(row = c(1, 2, 4, 3), mirror = c(4, 3, 1, 2), other = c(1, 1, 4, 9))
d <- as.matrix(proxy::dist(x, method = "correlation"))
centred <- as.matrix(proxy::dist(x - rowMeans(x), method = "cosine"))
first <- names(which.min(d["row", -1]))
cat("r with the mirror image", cor(x[1, ], x[2, ]), "distance", d["row", "mirror"], "; r with the other", cor(x[1, ], x[3, ]), "distance", d["row", "other"], "; nearest:", first, "; 1 - r by cosine:", centred["row", "mirror"], "\n")
quit(status = !(abs(d["row", "mirror"]) < 1e-9 && d["row", "other"] > 0.4 && first == "mirror" && abs(centred["row", "mirror"] - 2) < 1e-9))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
