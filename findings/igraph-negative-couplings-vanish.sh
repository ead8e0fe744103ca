#!/usr/bin/env bash
# R's igraph 1.3.5: of a triangular matrix of couplings mode = "undirected" keeps the positive ones only.
#
# A matrix with each coupling once, in its upper triangle, is expected to become the undirected graph of these couplings. igraph takes the larger of
# J[i,j] and J[j,i]: for a negative coupling that is the 0 of the other triangle, so the edge is not there. Half of a spin glass is gone,
# without a word, and energies are too high. (The same matrix as a sparse one is refused.) What to do: mode = "upper", or J + t(J).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq r-base-core=4.2.2.20221110-2 r-cran-igraph=1.3.5-3 r-cran-lattice r-cran-magrittr r-cran-matrix r-cran-pkgconfig r-cran-rlang libxml2 libglpk40 \
    libblas3 liblapack3 libgfortran5 libquadmath0 libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-igraph_*.deb Version | sed 's/^/r-cran-igraph /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
suppressPackageStartupMessages(library(igraph))
options(warn = 2)
J <- matrix(0, 3, 3)
J[upper.tri(J)] <- c(-2, 3, -1)
print(J)
couplings <- function(mode) E(graph_from_adjacency_matrix(J, mode, weighted = TRUE))$weight
cat("undirected:", couplings("undirected"), "\nupper:     ", couplings("upper"), "\n")
quit(status = !(identical(couplings("undirected"), 3) && setequal(couplings("upper"), c(-2, 3, -1))))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
