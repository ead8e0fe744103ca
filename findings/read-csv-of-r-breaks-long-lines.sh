#!/usr/bin/env bash
# R 4.2.2: a line with one cell more than the others is refused by read.csv if it is among the first five, and two rows of the table if it comes later.
#
# A cell too many - a comma in a number or a name - is expected to be an error wherever it stands. read.csv counts columns
# in the first five lines and has fill = TRUE, so that a longer line further down is broken: what is left over begins a
# row of its own, filled up with NA, and all rows below belong to other labels. In a numeric table nothing shows it but
# the number of rows. What to do: compare count.fields(FILE, ",") with the number of columns, or fill = FALSE.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 libgomp1 libicu72 libtirpc3 libpaper1 \
    libcurl4 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-base-core_*.deb Version | sed 's/^/r-base-core /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
options(warn = 2)
late <- c("a,b,c", rep("1,2,3", 6), "4,5,6,7", "8,9,10")
early <- c("a,b,c", "1,2,3", "4,5,6,7,8", "8,9,10")
writeLines(late, "late.csv")
found <- read.csv("late.csv")
print(tail(found, 3))
cat("rows:", nrow(found), "of", length(late) - 1, "lines; cells a line:", count.fields("late.csv", ","), "\n")
refused <- function(...) inherits(try(read.csv(text = ...), silent = TRUE), "try-error")
strict <- inherits(try(read.csv("late.csv", fill = FALSE), silent = TRUE), "try-error")
cat("refused among the first lines:", refused(early), "with fill = FALSE:", strict, "\n")
quit(status = !(nrow(found) == 9 && identical(found$a[7:9], c(4L, 7L, 8L)) && is.na(found$b[8]) && refused(early) && strict))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
