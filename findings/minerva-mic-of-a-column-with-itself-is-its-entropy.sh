#!/usr/bin/env bash
# R's minerva 1.5.10: the maximal information coefficient of a column of bits with itself is 0.81 where a quarter of them are on, 0.47 at a tenth and 0.08 at a hundredth; 1 only at a half.
#
# Of a relation without noise it is said to be 1, and of a column with itself nothing else is expected. The information is divided by the logarithm of the number of cells, which is 1 bit for two, and no grid of two
# cells holds more than the entropy of the column: rare units score low with all others, with their copies and with themselves, and a ranking of pairs by MIC is one of how
# even the columns are. Of numbers that never repeat it is 1. What to do: divide by the smaller one of both entropies.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-minerva | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-minerva=1.5.10-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-cran-minerva|r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-minerva=1.5.10-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-minerva_*.deb Version | sed 's/^/r-cran-minerva /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
suppressPackageStartupMessages(library(minerva))
options(warn = 2)
on <- c(0.5, 0.25, 0.1, 0.01)
self <- sapply(on, function(p) { x <- rep(0:1, 1000 * c(1 - p, p)); mine(x, x)$MIC })
entropy <- -on * log2(on) - (1 - on) * log2(1 - on)
line <- mine(1:100, (1:100)^3)$MIC
cat("share of ones:", on, "; MIC of the column with itself:", round(self, 3), "; its entropy in bits:", round(entropy, 3), "; MIC of x and its cube:", line, "\n")
quit(status = !(isTRUE(all.equal(self, entropy)) && isTRUE(all.equal(line, 1))))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
