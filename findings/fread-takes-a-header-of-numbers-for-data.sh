#!/usr/bin/env bash
# R's data.table 1.14.8: fread reads the header 0,1,2 as a row of the table, and names the columns V1, V2, V3.
#
# Tables without names of their own - pixels, unnamed arrays - leave pandas and others with 0, 1, 2, ... as header. fread
# looks whether the first line could be data, and if all of it are numbers it is: one row too many, in which pixel 255 has
# the value 255. One word in the header changes that, so the same export with an id column is read as meant; read.csv
# takes the first line for the header in both. Nothing is said. What to do: header = TRUE.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq r-cran-data.table=1.14.8+dfsg-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 libgomp1 libicu72 libtirpc3 \
    libpaper1 libcurl4 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-data.table_*.deb Version | sed 's/^/r-cran-data.table /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
library(data.table)
options(warn = 2)
text <- "0,1,2\n1,0,1\n0,0,1\n"
named <- "id,1,2\n1,0,1\n0,0,1\n"
found <- list("0,1,2" = fread(text), "id,1,2" = fread(named), "0,1,2, header = TRUE" = fread(text, header = TRUE),
              "0,1,2 in read.csv" = read.csv(text = text))
for (name in names(found)) {
  d <- found[[name]]
  cat(sprintf("%-21s %d rows, columns %s, means %s\n", name, nrow(d), paste(names(d), collapse = " "), paste(round(colMeans(d), 2), collapse = " ")))
}
quit(status = !(identical(unname(sapply(found, nrow)), c(3L, 2L, 2L, 2L)) && names(found[[1]])[1] == "V1" && names(found[[3]])[1] == "0"))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
