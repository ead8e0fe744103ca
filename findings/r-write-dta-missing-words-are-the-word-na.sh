#!/usr/bin/env bash
# foreign 0.8-84 (R): write.dta stores a missing word as the word "NA"; read back it is known. The whole number 2147483647 comes back as missing.
#
# Numbers and factors keep their gaps. Words get one more, NA, which counts as any other and which Stata, pandas and R take for a word: the share
# of missing answers is 0 after a write and a read. The other way round the largest whole number of R is what Stata keeps for "missing", and it
# is written as it is. Nothing is said in either case. What to do: factor(words) first; whole numbers as.numeric.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq r-cran-foreign=0.8.84-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 libgomp1 libicu72 libtirpc3 \
    libpaper1 libcurl4 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-foreign_*.deb Version | sed 's/^/r-cran-foreign /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
export R_LIBS=$PWD/root/usr/lib/R/library:$PWD/root/usr/lib/R/site-library
cat >try.R <<'R'
options(warn = 2)
library(foreign)
d <- data.frame(word = c("low", NA, "mid"), size = c(0.5, NA, 2.5), id = c(2147483620L, 2147483647L, 5L))
d$level <- factor(d$word)
write.dta(d, "d.dta")
r <- read.dta("d.dta")
cat("missing of", nrow(d), "rows, written:", sapply(d, function(x) sum(is.na(x))), " read:", sapply(r, function(x) sum(is.na(x))), "\nwords:", r$word, "\nids:", r$id, "\n")
quit(status = !(identical(r$word, c("low", "NA", "mid")) && identical(r$id, c(2147483620L, NA, 5L)) && is.na(r$size[2]) && is.na(r$level[2])))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
