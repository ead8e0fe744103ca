#!/usr/bin/env bash
# R's ncdf4 1.21: of a variable packed by scale_factor 0.1 and add_offset 5, which holds 10, a gap and 30, ncvar_get gives 6, NA, 8; the same numbers put back by ncvar_put are read as 5.6, NA, 5.8.
#
# What reading undoes, writing is expected to do, as in Python's netCDF4 and in xarray. Reading multiplies and adds, writing does neither and cuts to whole numbers: a table that is read, filled and put back into its own file has other numbers in all its cells, each time nearer to the offset, and its gaps stay where they were.
# Nothing is said. What to do: ncvar_put(nc, v, (x - offset) / scale), or ncvar_get(nc, v, raw_datavals = TRUE) for what goes back.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-ncdf4 | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-ncdf4=1.21-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4|r-cran-ncdf4' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-ncdf4=1.21-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-ncdf4_*.deb Version | sed 's/^/r-cran-ncdf4 /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
suppressPackageStartupMessages(library(ncdf4))
cells <- ncdim_def("cell", "", 1:3)
level <- ncvar_def("level", "", list(cells), -99, prec = "short")
nc <- nc_create("x.nc", level)
ncvar_put(nc, level, c(10, NA, 30))
ncatt_put(nc, "level", "scale_factor", 0.1)
ncatt_put(nc, "level", "add_offset", 5)
nc_close(nc)
nc <- nc_open("x.nc", write = TRUE)
first <- paste(ncvar_get(nc, "level"), collapse = " ")
ncvar_put(nc, "level", ncvar_get(nc, "level"))
second <- paste(ncvar_get(nc, "level"), collapse = " ")
ncvar_put(nc, "level", (c(6, NA, 8) - 5) / 0.1)
told <- paste(ncvar_get(nc, "level"), collapse = " ")
nc_close(nc)
cat("ncdf4", format(packageVersion("ncdf4")), "\n read:", first, "; put back and read again:", second, "; packed by hand:", told, "\n")
quit(status = !(first == "6 NA 8" && second == "5.6 NA 5.8" && told == "6 NA 8"))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
