#!/usr/bin/env bash
# R's rio 0.5.29: export(x, "x.fwf") of a column with the words yes, no, yes writes 2, 1, 2, of truth values 1 and 0, with no blank between them; export to .csv and .tsv writes the words.
#
# A table is expected to have the same cells whatever the ending of the file's name. For columns of fixed width words are made categories, and the numbers of these in alphabetical order are written: a word added to the table gives the others new numbers, and which number is which word stands nowhere. The comment lines above the
# table call the column "character". Nothing is said. What to do: another ending.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-rio | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-rio=0.5.29-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4|r-cran-rio' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-rio=0.5.29-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-rio_*.deb Version | sed 's/^/r-cran-rio /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
suppressPackageStartupMessages(library(rio))
x <- data.frame(level = c(2.5, 100, 7), answer = c("yes", "no", "yes"), seen = c(TRUE, FALSE, TRUE))
export(x, "x.fwf")
export(rbind(x, data.frame(level = 1, answer = "maybe", seen = FALSE)), "y.fwf")
export(x, "x.csv")
rows <- function(file) grep("^#", readLines(file), value = TRUE, invert = TRUE)
kind <- grep("answer", readLines("x.fwf"), value = TRUE)
cat("rio", format(packageVersion("rio")), "\n fwf:", paste0("'", rows("x.fwf"), "'"), "; with a row of 'maybe':", paste0("'", rows("y.fwf"), "'"), "; kind:", kind, "; csv:", readLines("x.csv")[-1], "\n")
quit(status = !(identical(rows("x.fwf"), c("  2.5 21", "100.0 10", "  7.0 21")) && identical(substr(rows("y.fwf")[1:3], 7, 7), c("3", "2", "3")) && grepl("character", kind) && readLines("x.csv")[2] == "2.5,yes,TRUE"))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
