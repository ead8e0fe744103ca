#!/usr/bin/env bash
# R's sna 2.7-1: in a symmetric matrix of couplings every unit has twice its number of neighbours.
#
# The degree of a unit with two neighbours is expected to be 2. degree takes any matrix for one of directed ties and adds those that go to
# those that come, also if the matrix is symmetric; a network object that knows to be undirected is treated alike. igraph and networkx say 2.
# Nothing is said. What to do: gmode = "graph".
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq r-cran-sna=2.7-1-1 r-cran-network=1.18.1-1 r-cran-statnet.common r-cran-coda r-cran-lattice r-cran-tibble r-cran-fansi \
    r-cran-lifecycle r-cran-cli r-cran-glue r-cran-rlang r-cran-magrittr r-cran-pillar r-cran-utf8 r-cran-vctrs r-cran-pkgconfig \
    r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-sna_*.deb Version | sed 's/^/r-cran-sna /'
dpkg-deb -f r-cran-network_*.deb Version | sed 's/^/r-cran-network /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
suppressPackageStartupMessages({ library(network); library(sna) })
options(warn = 2)
g <- matrix(c(0, 1, 1, 1, 0, 0, 1, 0, 0), 3)
net <- network(g, directed = FALSE)
found <- list("matrix" = degree(g), "undirected network" = degree(net), "gmode = graph" = degree(g, gmode = "graph"), "row sums" = rowSums(g))
for (name in names(found)) cat(name, ":", found[[name]], "\n")
quit(status = !(all(found[[1]] == 2 * found[[4]]) && all(found[[2]] == 2 * found[[4]]) && all(found[[3]] == found[[4]])))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
