#!/usr/bin/env bash
# R's openxlsx 4.2.5.2: a row without any value is not in the table that read.xlsx gives, and the rows below it move up.
#
# A sheet is a grid, and an empty line is expected to come back as a row of NA, as readxl and its own writer have it.
# read.xlsx skips it: a data frame with such a row, written and read back by the same package, is shorter, and labels,
# weights or a second sheet beside it are those of other rows from there on. Columns are kept. There is no warning. What
# to do: skipEmptyRows = FALSE.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq r-cran-openxlsx=4.2.5.2-1 r-cran-readxl=1.4.2-1 r-cran-stringi r-cran-rcpp r-cran-zip r-cran-cellranger r-cran-tibble \
    r-cran-rematch r-cran-cpp11 r-cran-progress r-cran-lifecycle r-cran-rlang r-cran-vctrs r-cran-pillar r-cran-fansi r-cran-utf8 \
    r-cran-pkgconfig r-cran-magrittr r-cran-cli r-cran-glue r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 libgomp1 libicu72 \
    libtirpc3 libpaper1 libcurl4 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in r-cran-openxlsx r-cran-readxl; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
options(warn = 2)
frame <- data.frame(a = c(1, NA, 3), b = c(4, NA, 6))
openxlsx::write.xlsx(frame, "x.xlsx")
found <- list("read.xlsx" = openxlsx::read.xlsx("x.xlsx"), "skipEmptyRows = FALSE" = openxlsx::read.xlsx("x.xlsx", skipEmptyRows = FALSE),
              "readxl" = as.data.frame(readxl::read_excel("x.xlsx")))
cat("written: a =", frame$a, ", b =", frame$b, "\n")
for (name in names(found)) cat(sprintf("%-22s a = %s, b = %s\n", name, paste(found[[name]]$a, collapse = " "), paste(found[[name]]$b, collapse = " ")))
quit(status = !(identical(found[[1]]$b, c(4, 6)) && identical(found[[2]]$b, c(4, NA, 6)) && identical(found[[3]]$b, c(4, NA, 6))))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
