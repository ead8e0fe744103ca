#!/usr/bin/env bash
# R's Bios2cor 2.2.1: the mutual information of two columns that are the same letter A or C, half and half, is 0.116, and 0.058 where half of the rows are gaps.
#
# One bit, or 0.693 nat, is expected, and for two columns that go together as closely where both have letters the same again. Logarithms are
# to the base 400, the number of pairs of amino acids, and those of entropy beside it to the base 20, so that a column shares 0.116 with
# itself and has an entropy of 0.231; rows with a gap count in the denominators and nowhere else, so that probabilities do not sum to 1 and
# gappy columns score low. What to do: times log(400) for nats, and gap_ratio = 0.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-bios2cor | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-bios2cor=2.2.1-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-cran-bios2cor|r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-bios2cor=2.2.1-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-bios2cor_*.deb Version | sed 's/^/r-cran-bios2cor /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
suppressPackageStartupMessages(library(Bios2cor))
rows <- function(...) { r <- strsplit(c(...), ""); names(r) <- paste0("s", seq_along(r)); class(r) <- "align"; r }
score <- function(a) { invisible(capture.output(m <- mi(a, gap_ratio = 0.9))); m$score[1, 2] }
full <- score(rows("AA", "AA", "CC", "CC"))
gaps <- score(rows("AA", "AA", "--", "--"))
h <- unname(entropy(rows("AA", "AA", "CC", "CC"))[1])
cat("mutual information of A A C C with itself:", full, ", its entropy:", h, ", in nats by hand:", log(2), "; of A A - - with itself:", gaps, "\n")
quit(status = !(abs(full - log(2) / log(400)) < 1e-9 && abs(gaps - full / 2) < 1e-9 && abs(h - log(2) / log(20)) < 1e-9))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
