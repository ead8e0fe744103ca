#!/usr/bin/env bash
# R's jsonlite 1.8.4: toJSON rounds numbers to four decimals, writes NA among numbers as the text "NA", and leaves NA out of a data frame's rows.
#
# A JSON writer is expected to keep numbers, or all of their digits that matter, and JSON's missing value is null. Weights
# and probabilities sent to a server that way are other ones (0.123456 is 0.1235, 0.00001 stays 1e-05, but 1.00004 is 1),
# a row with a gap has a text among its numbers, or one key less. Among truth values NA is null. (rjson, too, writes
# "NA".) What to do: toJSON(x, digits = NA, na = "null").
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq r-cran-jsonlite=1.8.4+dfsg-1 r-cran-rjson=0.2.21-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 libgomp1 \
    libicu72 libtirpc3 libpaper1 libcurl4 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in r-cran-jsonlite r-cran-rjson; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
options(warn = 2)
x <- matrix(c(0.123456, 1.00004, NA, 0.5), 2)
frame <- data.frame(a = c(0.123456, NA), b = c(1, 2))
default <- c(jsonlite::toJSON(x), jsonlite::toJSON(frame), jsonlite::toJSON(c(TRUE, NA)), rjson::toJSON(c(0.123456, NA)))
told <- c(jsonlite::toJSON(x, digits = NA, na = "null"), jsonlite::toJSON(frame, digits = NA, na = "null"))
cat("matrix:", default[1], "\ndata frame:", default[2], "\ntruth values:", default[3], "\nrjson:", default[4], "\ntold:", told, "\n")
quit(status = !(default[1] == '[[0.1235,"NA"],[1,0.5]]' && default[2] == '[{"a":0.1235,"b":1},{"b":2}]' && default[3] == "[true,null]" &&
                default[4] == '[0.123456,"NA"]' && told[1] == "[[0.123456,null],[1.00004,0.5]]" && told[2] == '[{"a":0.123456,"b":1},{"a":null,"b":2}]'))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
