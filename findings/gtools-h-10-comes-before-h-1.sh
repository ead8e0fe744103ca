#!/usr/bin/env bash
# R's gtools 3.9.4: mixedsort of h-1, h-2, h-10 gives h-10, h-2, h-1; of h_1, h_2, h_10 or h1, h2, h10 it gives the order of the numbers.
#
# A sort for names with numbers in them is expected to put unit 1 before unit 10 whatever stands between the letters and the number. A hyphen there is the sign of a number: columns, files of epochs and chains are turned round, so that the last one of a sorted list is the first, and columns named with underscores beside them are not.
# Nothing is said. What to do: names with an underscore, or order by as.integer(sub(".*-", "", x)).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-gtools | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-gtools=3.9.4-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4|r-cran-gtools' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-gtools=3.9.4-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-gtools_*.deb Version | sed 's/^/r-cran-gtools /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
suppressPackageStartupMessages(library(gtools))
hyphens <- mixedsort(c("h-2", "h-10", "h-1"))
lines <- mixedsort(c("h_2", "h_10", "h_1"))
plain <- mixedsort(c("h2", "h10", "h1"))
files <- mixedorder(c("epoch-9.csv", "epoch-10.csv", "epoch-11.csv"))
cat("gtools", format(packageVersion("gtools")), "\n hyphens:", hyphens, "; underscores:", lines, "; nothing:", plain, "; order of epoch-9, -10, -11:", files, "\n")
quit(status = !(identical(hyphens, c("h-10", "h-2", "h-1")) && identical(lines, c("h_1", "h_2", "h_10")) && identical(plain, c("h1", "h2", "h10")) && identical(files, 3:1)))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
