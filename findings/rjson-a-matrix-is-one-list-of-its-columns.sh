#!/usr/bin/env bash
# R's rjson 0.2.21: a matrix of 2 x 2 with the rows 1 2 and 3 4 is written as [1,3,2,4], one row as a list and one number without brackets; NaN is the text "NaN", NA among numbers the text "NA".
#
# A matrix is expected to be a list of rows, as jsonlite's toJSON writes it, and gaps to be null. It is its numbers in one list, column by column: a server that takes a list of rows refuses it, or takes it for one row of four, and where rows are cut off again by their length they are those of the
# transposed matrix. Texts among numbers are another kind of column. Numbers have 15 digits, so 0.1 + 0.2 is 0.3. No warning. What to do: jsonlite::toJSON(x, digits = NA, na = "null").
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-rjson r-cran-jsonlite | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-rjson=0.2.21-1 r-cran-jsonlite=1.8.4+dfsg-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-cran-rjson|r-cran-jsonlite|r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-rjson=0.2.21-1 r-cran-jsonlite=1.8.4+dfsg-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-rjson_*.deb Version | sed 's/^/r-cran-rjson /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
options(warn = 2)
x <- matrix(c(1, 3, 2, 4), 2)
cells <- rjson::toJSON(x)
rows <- as.character(jsonlite::toJSON(x, digits = NA, na = "null"))
one <- c(rjson::toJSON(list(x = 1)), rjson::toJSON(list(x = c(1, 2))))
gaps <- rjson::toJSON(c(1, NA, NaN, Inf))
sum <- rjson::toJSON(c(0.1 + 0.2, 1))
cat("matrix:", cells, ", by jsonlite:", rows, "; one and two numbers:", one, "; gaps:", gaps, "; 0.1 + 0.2:", sum, "\n")
quit(status = !(cells == "[1,3,2,4]" && rows == "[[1,2],[3,4]]" && one[1] == '{"x":1}' && one[2] == '{"x":[1,2]}' && grepl('"NA","NaN"', gaps) && sum == "[0.3,1]"))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
