#!/usr/bin/env bash
# R's xts 0.13.0 and zoo 1.8-11: lag(x, 1) of an xts object is the value of the day before, of a zoo object and of a ts the value of the day after.
#
# An xts object is a zoo object, and what works on the one is expected to do the same on the other. The sign of lag is turned round between
# the classes: a regression on "yesterday" that was written for xts sees tomorrow when the series is a zoo, and predicts splendidly. Nothing
# is said. What to do: look at the first value, which must be NA or missing.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq r-cran-xts=0.13.0-1 r-cran-zoo=1.8-11-1 r-cran-lattice r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 \
    libquadmath0 libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-xts_*.deb Version | sed 's/^/r-cran-xts /'
dpkg-deb -f r-cran-zoo_*.deb Version | sed 's/^/r-cran-zoo /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
suppressPackageStartupMessages(library(xts))
days <- as.Date("2020-01-01") + 0:3
z <- zoo(1:4, days)
at <- function(series) { m <- merge(x = as.xts(z), lag = as.xts(series)); as.vector(m[days[2], "lag"]) }
found <- c(xts = at(lag(as.xts(z), 1)), zoo = at(lag(z, 1)))
cat("on the day with value 2, lag(x, 1) is", found[1], "for xts,", found[2], "for zoo; lag of a ts begins at", start(lag(ts(1:4), 1))[1], "\n")
quit(status = !(inherits(as.xts(z), "zoo") && all(found == c(1, 3)) && start(lag(ts(1:4), 1))[1] == 0))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
