#!/usr/bin/env bash
# igraph 0.10.2 (Python) and 1.3.5 (R): the weighted matrix of a graph with a repeated edge is one if asked for dense, another if sparse.
#
# Dense or sparse is expected to be a matter of storage. The sparse form adds up the weights of edges between the same two nodes, the dense form keeps
# the last one; sparse is R's default, dense Python's. In Python's matrix without weights a loop counts 2, with weights its weight once.
# Couplings of a file that lists some pairs twice, or both ways, thus depend on an argument. What to do: simplify() the
# graph first, naming how weights are put together.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq r-base-core=4.2.2.20221110-2 r-cran-igraph=1.3.5-3 r-cran-lattice r-cran-magrittr r-cran-matrix r-cran-pkgconfig r-cran-rlang libxml2 libglpk40 \
    python3-igraph=0.10.2-1+b1 python3-texttable python3-pkg-resources python3-scipy=1.10.1-2 liblbfgsb0 python3-numpy python3-decorator libopenblas0-pthread \
    libblas3 liblapack3 libgfortran5 libquadmath0 libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in r-cran-igraph python3-igraph; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/openblas-pthread:$lib/blas:$lib/lapack
cat >try.R <<'R'
suppressPackageStartupMessages(library(igraph))
options(warn = 2)
g <- make_graph(c(1, 2, 2, 1, 2, 3), directed = FALSE)
E(g)$weight <- c(1, 2, 5)
dense <- as_adjacency_matrix(g, attr = "weight", sparse = FALSE)
sparse <- as.matrix(as_adjacency_matrix(g, attr = "weight"))
cat("R, edges 1-2 of weights 1 and 2: dense", dense[1, 2], "sparse", sparse[1, 2], "\n")
quit(status = !(dense[1, 2] == 2 && sparse[1, 2] == 3))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
cat >try.py <<'PY'
import sys
import igraph
g = igraph.Graph([(0, 1), (1, 0), (1, 1)])
g.es["weight"] = [1, 2, 5]
dense, sparse = g.get_adjacency(attribute="weight"), g.get_adjacency_sparse(attribute="weight").toarray()
print("Python, the same: dense", dense[0][1], "sparse", sparse[0, 1], "- a loop:", g.get_adjacency()[1][1], "and of weight 5:", dense[1][1])
sys.exit(0 if (dense[0][1], sparse[0, 1], g.get_adjacency()[1][1], dense[1][1]) == (2, 3, 2, 5) else "CHANGED")
PY
PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages /usr/bin/python3 try.py
