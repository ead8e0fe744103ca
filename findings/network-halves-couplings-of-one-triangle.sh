#!/usr/bin/env bash
# R's network 1.18.1: couplings given once, in the upper triangle, are half as strong in the undirected network made of them.
#
# Of a triangular matrix either all couplings are expected in the network, or an error. The edges are all there, and their
# number is right; the values are the mean of J[i,j] and J[j,i], of which one is the 0 of the other triangle: J = 1, -2, 3
# becomes 0.5, -1, 1.5, at another temperature so to speak. There is no warning. (A matrix with both triangles keeps its
# values.) What to do: J + t(J).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq r-cran-network=1.18.1-1 r-cran-magrittr r-cran-tibble r-cran-statnet.common r-cran-coda r-cran-lattice r-cran-rlang \
    r-cran-vctrs r-cran-pillar r-cran-lifecycle r-cran-fansi r-cran-pkgconfig r-cran-glue r-cran-cli r-cran-utf8 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 \
    libgfortran5 libquadmath0 libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-network_*.deb Version | sed 's/^/r-cran-network /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
suppressPackageStartupMessages(library(network))
options(warn = 2)
J <- matrix(0, 3, 3)
J[1, 2] <- 1; J[1, 3] <- -2; J[2, 3] <- 3
values <- function(m, ...) network(m, ignore.eval = FALSE, names.eval = "J", ...) %e% "J"
found <- list("upper triangle, undirected" = values(J, directed = FALSE), "lower triangle, undirected" = values(t(J), directed = FALSE),
              "both, undirected" = values(J + t(J), directed = FALSE), "upper triangle, directed" = values(J))
for (name in names(found)) cat(sprintf("%-27s %s\n", name, paste(found[[name]], collapse = " ")))
quit(status = !(all(found[[1]] == c(0.5, -1, 1.5)) && all(found[[2]] == found[[1]]) && all(found[[3]] == c(1, -2, 3)) && all(found[[4]] == c(1, -2, 3))))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
