#!/usr/bin/env bash
# R's data.table 1.14.8: a column of whole numbers beyond 2^31 is 6e-311 throughout once the table is made a matrix.
#
# fread reads such a column (unix times in milliseconds, counters, codes) as integer64: the bits of a whole number in R's doubles, with a class that
# says so. What drops the class - as.matrix, scale, colMeans, sapply, cor - computes with the bits as if they were doubles: 12345678901234
# is 6.1e-311, the column's deviation 0 and its standardised values NaN and Inf. There is no warning.
# What to do: fread(..., integer64 = "double").
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq r-base-core=4.2.2.20221110-2 r-cran-data.table=1.14.8+dfsg-1 r-cran-bit64=4.0.5-1 r-cran-bit libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in r-cran-data.table r-cran-bit64; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
library(data.table)
options(warn = 2)
writeLines(c("time,x", "12345678901234,1.5", "12345678901999,2.5"), "x.csv")
table <- fread("x.csv")
print(table)
print(as.matrix(table))
cat("colMeans:", colMeans(table), "\n")
double <- as.matrix(fread("x.csv", integer64 = "double"))
cat("integer64 = \"double\":", double[1, ], "\n")
quit(status = !(all(as.matrix(table)[, "time"] < 1e-300) && colMeans(table)["time"] < 1e-300 && double[1, "time"] == 12345678901234))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
