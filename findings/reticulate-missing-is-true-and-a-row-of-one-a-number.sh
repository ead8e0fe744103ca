#!/usr/bin/env bash
# R's reticulate 1.28: c(TRUE, NA) arrives in Python as [True, True], NA alone as True, c(1L, NA) as [1, -2147483648], a missing word as 'NA'; c(0.5, 1) is a list, c(0.5) a number.
#
# What is missing is expected to be None or NaN there, as it is of real numbers. R keeps NA of whole numbers and of truth values as the least whole number, which is handed over as it is, and as a truth value is not 0: gaps of bits are ones, units with gaps are on more often, counts have means of minus millions. Vectors of length one are
# numbers, so that len() or a row of a batch fails for one unit only. Nothing is said. What to do: as.numeric(x) before; as.list or array(x) for what is a list.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-reticulate r-cran-matrix | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-reticulate=1.28+dfsg-1 r-cran-matrix=1.5-3-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4|r-cran-reticulate|r-cran-matrix' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-reticulate=1.28+dfsg-1 r-cran-matrix=1.5-3-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in r-cran-reticulate r-cran-matrix; do dpkg-deb -f "${name}"_*.deb Version | sed "s/^/$name /"; done
export RETICULATE_PYTHON=/usr/bin/python3 RETICULATE_MINICONDA_ENABLED=FALSE
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
suppressPackageStartupMessages(library(reticulate))
use_python("/usr/bin/python3", required = TRUE)
py_run_string("def show(x): return repr(x)")
show <- function(x) import_main()$show(x)
found <- c(show(c(TRUE, NA)), show(NA), show(c(1L, NA)), show(NA_character_), show(c(0.5, NA)), show(c(0.5, 1)), show(0.5), show(list(0.5)))
cat("reticulate", format(packageVersion("reticulate")), "\n", paste(c("TRUE, NA:", "NA:", "1L, NA:", "NA_character_:", "0.5, NA:", "0.5, 1:", "0.5:", "list(0.5):"), found, collapse = "; "), "\n")
quit(status = !identical(found, c("[True, True]", "True", "[1, -2147483648]", "'NA'", "[0.5, nan]", "[0.5, 1.0]", "0.5", "[0.5]")))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
