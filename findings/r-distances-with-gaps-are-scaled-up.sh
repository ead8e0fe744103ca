#!/usr/bin/env bash
# R 4.2.2: the distance of two rows with a missing cell is that of the other cells, scaled up, as if the missing one were like them; with one cell in common too.
#
# dist of rows with NA is expected to be NA, as sum and arithmetic are in R. It leaves the column out and multiplies by columns / columns
# left: two rows that share one cell of four, and differ by 1 there, are 2 apart, farther than rows that are known to differ by 1 in all of
# three. hclust and nearest neighbours then find structure among gaps. Only rows without any common cell give NA. What to do: look for NA
# before.
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
x <- rbind(a = c(1, NA, NA, NA), b = c(0, 5, 5, 5), c = c(1, 1, 1, 0), d = c(0, 0, 0, 0), e = c(NA, 1, 1, 1))
d <- as.matrix(dist(x))
cat("one cell in common, difference 1:", d["a", "b"], "; four cells, three differences of 1:", d["c", "d"], "; none in common:", d["a", "e"], "\n")
quit(status = !(d["a", "b"] == 2 && abs(d["c", "d"] - sqrt(3)) < 1e-12 && is.na(d["a", "e"])))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
