#!/usr/bin/env bash
# R 4.2.2 and readr 2.1.4: a column of the letter T (thymine, threonine), or of T and F, is TRUE and FALSE after reading, beside others that are letters.
#
# An alignment or a table of categories with a letter a cell is expected to come in as letters. read.csv, read.table and
# read_csv make truth values of a column that has nothing but T and F - a conserved column, or one with threonine and
# phenylalanine only; table() then has no T, one-hot columns are named xTRUE, writing it back puts TRUE into the file, and
# training and test files differ in which columns it meets. fread keeps letters. What to do: colClasses = "character",
# col_types = "c".
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq r-cran-readr=2.1.4-1 r-cran-data.table=1.14.8+dfsg-1 r-cran-vroom r-cran-tzdb r-cran-hms r-cran-bit64 r-cran-bit \
    r-cran-cli r-cran-clipr r-cran-crayon r-cran-r6 r-cran-rlang r-cran-tibble r-cran-lifecycle r-cran-ellipsis r-cran-glue r-cran-vctrs \
    r-cran-tidyselect r-cran-withr r-cran-pillar r-cran-fansi r-cran-utf8 r-cran-pkgconfig r-cran-magrittr r-cran-purrr r-base-core=4.2.2.20221110-2 libblas3 \
    liblapack3 libgfortran5 libquadmath0 libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in r-cran-readr r-cran-data.table; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
options(warn = 2)
text <- "p1,p2,p3\nT,T,A\nT,F,T\nT,T,G\n"
found <- list(read.csv = read.csv(text = text), read_csv = as.data.frame(readr::read_csv(I(text), show_col_types = FALSE)), fread = as.data.frame(data.table::fread(text)),
              colClasses = read.csv(text = text, colClasses = "character"), col_types = as.data.frame(readr::read_csv(I(text), col_types = "ccc")))
for (name in names(found)) cat(sprintf("%-11s %s\n", name, paste(apply(found[[name]], 1, paste, collapse = " "), collapse = " / ")))
kinds <- sapply(found, function(d) paste(sapply(d, class), collapse = " "))
quit(status = !(all(kinds[1:2] == "logical logical character") && all(kinds[3:5] == "character character character")))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
