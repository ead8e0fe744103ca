#!/usr/bin/env bash
# R's ape 5.7: the distance of two sequences is 0.2 alone and 0 once a third one with gaps is in the alignment.
#
# A distance of two rows is expected to be theirs. dist.dna leaves out, for all pairs, every column in which any row has a gap or an unknown
# letter: one fragment among a thousand sequences takes most of the alignment away, and rows that differ become equal. Its default, besides,
# is the K80 distance, not the share of differences. No warning. What to do: pairwise.deletion = TRUE, model = "raw".
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq r-cran-ape=5.7-1 r-cran-nlme r-cran-lattice r-cran-rcpp r-cran-littler r-cran-pkgkitten r-cran-digest \
    r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-ape_*.deb Version | sed 's/^/r-cran-ape /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
library(ape)
options(warn = 2)
rows <- c(a = "acgtacgtac", b = "acgtacgttt", c = "acgtacgt--")
dna <- function(names) as.DNAbin(t(sapply(strsplit(rows[names], ""), identity)))
found <- c(alone = as.matrix(dist.dna(dna(c("a", "b")), "raw"))["a", "b"], third = as.matrix(dist.dna(dna(c("a", "b", "c")), "raw"))["a", "b"],
           pairwise = as.matrix(dist.dna(dna(c("a", "b", "c")), "raw", pairwise.deletion = TRUE))["a", "b"])
cat("a to b alone", found[1], ", with c in the alignment", found[2], ", with pairwise.deletion", found[3], "\n")
quit(status = !(all(found == c(0.2, 0, 0.2))))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
