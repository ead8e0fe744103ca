#!/usr/bin/env bash
# R's ape 5.7: reading FASTA leaves out letters that its tables do not have - dots, in proteins also J, O and U - and moves up what follows; B becomes A.
#
# A reader of an alignment is expected to keep each letter's place, as unknown at worst, or to stop. ape removes the letter. Where each row has
# as many dots (the gaps of Pfam, UCSC and SAM) all rows come out equally long and the result is a matrix like any other, with columns that
# were never aligned; a selenocysteine shortens its protein by one. Neither is said. What to do: replace dots by "-" and B, J, O, U
# by X in the text, and compare lengths with it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq r-base-core=4.2.2.20221110-2 r-cran-ape=5.7-1 r-cran-digest r-cran-lattice r-cran-nlme r-cran-rcpp libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-ape_*.deb Version | sed 's/^/r-cran-ape /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
library(ape)
options(warn = 2)
writeLines(c(">a", "AC.GTA", ">b", "ACG.TA", ">c", "A.CGTT"), "dna.fasta")
dna <- read.dna("dna.fasta", "fasta")
cat("DNA, 6 columns in the file:\n")
print(as.character(dna))
letters <- "ACDEFGHIKLMNPQRSTVWYUXJBOZ"
writeLines(c(">a", letters), "protein.fasta")
protein <- paste(as.character(read.FASTA("protein.fasta", type = "AA"))[[1]], collapse = "")
cat("protein in the file:", letters, "\nread:               ", protein, "\n")
quit(status = !(identical(dim(dna), c(3L, 5L)) && protein == "ACDEFGHIKLMNPQRSTVWYXAZ"))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
