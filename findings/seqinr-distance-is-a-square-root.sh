#!/usr/bin/env bash
# R's seqinr 4.2-23: the distance of two proteins with one difference in ten is 0.316, and read.fasta has made their letters small.
#
# A distance by "identity" is expected to be the share of places that differ, 0.1. dist.alignment gives the square root, which moves close
# sequences apart: a threshold for 80 % identity is 0.447. read.fasta takes every file for DNA and writes it in small letters, which in A2M
# mean something else; comparing with capitals finds nothing. What to do: square it; seqtype = "AA".
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq r-cran-seqinr=4.2-23-1 r-cran-ade4 r-cran-mass r-cran-pixmap r-cran-sp r-cran-lattice r-cran-rcpp r-cran-littler \
    r-cran-pkgkitten r-cran-rcpparmadillo r-cran-segmented r-cran-nlme r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-seqinr_*.deb Version | sed 's/^/r-cran-seqinr /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
library(seqinr)
options(warn = 2)
writeLines(c(">a", "MKTAYIAKQR", ">b", "MKTAYIAKQK"), "x.fasta")
d <- dist.alignment(read.alignment("x.fasta", "fasta"), "identity")[1]
letters <- sapply(c("DNA", "AA"), function(kind) paste(read.fasta("x.fasta", seqtype = kind)[["a"]], collapse = ""))
cat("distance", d, "; read.fasta", letters[1], "; with seqtype AA", letters[2], "\n")
quit(status = !(abs(d - sqrt(0.1)) < 1e-12 && letters[1] == "mktayiakqr" && letters[2] == "MKTAYIAKQR"))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
