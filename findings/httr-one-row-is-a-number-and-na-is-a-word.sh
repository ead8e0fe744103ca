#!/usr/bin/env bash
# R's httr 1.4.5: of list(v = c(0.5, 1)) with encode = "json" the body is {"v":[0.5,1]}, of list(v = 0.5) it is {"v":0.5}; NaN is sent as the text "NaN", an NA beside a number as "NA", and NULL not at all.
#
# A list of numbers is expected to be a list however many there are. Vectors of length one are unboxed: a program that asks about batches works until a batch has one row, or a machine one visible unit, and the server refuses a number where it wants a list. What is missing becomes a
# word, which a server that wants numbers refuses, or, a lenient one, takes for a level. Nothing is said. What to do: I(0.5) or list(0.5) for what is a list; jsonlite::toJSON(x, digits = NA, na = "null") as a body.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-httr r-cran-jsonlite | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-httr=1.4.5+dfsg-1 r-cran-jsonlite=1.8.4+dfsg-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4|r-cran-httr|r-cran-jsonlite' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-httr=1.4.5+dfsg-1 r-cran-jsonlite=1.8.4+dfsg-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in r-cran-httr r-cran-jsonlite; do dpkg-deb -f "${name}"_*.deb Version | sed "s/^/$name /"; done
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
suppressPackageStartupMessages(library(httr))
sent <- function(...) rawToChar(httr:::body_config(list(...), encode = "json")$options$postfields)
found <- c(sent(v = c(0.5, 1)), sent(v = 0.5), sent(v = I(0.5)), sent(v = list(0.5)), sent(v = c(1, NA)), sent(v = NaN), sent(v = matrix(c(0.5, 1), 1)))
cat("httr", format(packageVersion("httr")), "\n", paste(c("0.5, 1:", "0.5:", "I(0.5):", "list(0.5):", "1, NA:", "NaN:", "a matrix of one row:"), found, collapse = "; "), "\n")
quit(status = !identical(found, c("{\"v\":[0.5,1]}", "{\"v\":0.5}", "{\"v\":[0.5]}", "{\"v\":[0.5]}", "{\"v\":[1,\"NA\"]}", "{\"v\":\"NaN\"}", "{\"v\":[[0.5,1]]}")))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
