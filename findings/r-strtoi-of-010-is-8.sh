#!/usr/bin/env bash
# R 4.2.2: strtoi("010") is 8 and strtoi("08") NA, though the base is given as 10 in its usage.
#
# Numbers of samples with leading zeros, 001 to 100, are expected to be read as decimals: strtoi(x, base = 10L) stands in its help. Called
# without a base it takes one from the text as C does, a 0 in front meaning eight: 010 to 077 become other numbers, of other samples, and
# those with an 8 or a 9 are NA without a warning. What to do: as.integer, or write base = 10L out.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 \
    2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-base-core_*.deb Version | sed 's/^/r-base-core /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
options(warn = 2)
words <- c("007", "008", "010", "077", "100")
cat(words, "\nstrtoi(x)        ", strtoi(words), "\nstrtoi(x, 10L)   ", strtoi(words, 10L), "\nas.integer(x)    ", as.integer(words), "\n")
quit(status = !(identical(strtoi(words), c(7L, NA, 8L, 63L, 100L)) && identical(strtoi(words, 10L), as.integer(words))))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
