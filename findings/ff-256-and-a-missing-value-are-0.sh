#!/usr/bin/env bash
# R's ff 4.0.9: in a column of vmode "ubyte" 256 is 0, -1 is 255 and a missing value 0, in "boolean" it is FALSE, and "short" makes 4464 of 70000.
#
# A small type is expected to refuse what does not fit, as R's own integers do by NA and a warning, and a missing value to stay one. Types with "u" and those of fewer than eight bits have no such mark
# and no check: a counter goes round, grey levels of an image that was added up are dark where it was bright, and gaps are zeros in every mean. Only "integer" warns. The same
# in x[i] <- NA. Nothing is said. What to do: "byte" or "short" and "logical", which keep NA, after a look at range.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-ff r-cran-bit | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-ff=4.0.9+ds-1 r-cran-bit=4.0.5-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-cran-ff|r-cran-bit|r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-ff=4.0.9+ds-1 r-cran-bit=4.0.5-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in r-cran-ff r-cran-bit; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
suppressMessages(library(ff))
options(warn = 2)
back <- function(values, mode) as.vector(ff(values, vmode = mode)[])
bytes <- back(c(200, 256, -1, NA), "ubyte")
bits <- back(c(TRUE, NA), "boolean")
short <- back(c(70000, NA), "short")
truth <- back(c(TRUE, NA), "logical")
cat("200 256 -1 NA as ubyte:", bytes, "; TRUE NA as boolean:", bits, "; 70000 NA as short:", short, "; TRUE NA as logical:", truth, "\n")
quit(status = !(identical(as.numeric(bytes), c(200, 0, 255, 0)) && identical(bits, c(TRUE, FALSE)) && short[1] == 4464 && is.na(short[2]) && is.na(truth[2])))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
