#!/usr/bin/env bash
# R 4.2.2: as.matrix of a data frame with one column of text rounds its numbers to seven digits and pads them; apply over its rows sees these texts.
#
# Numbers beside texts are expected to become texts that stand for the numbers. They become what print would show of the
# whole column: 1000000.25 beside 1/3 is "1.000000e+06", 1 beside 10 is " 1", so that r["n"] == "1" is FALSE. apply(frame,
# 1, f) makes this matrix first: rows are not found by value, as.numeric gets rounded times and positions. Without the
# text column all is exact, and there is no warning. What to do: as.matrix of the numeric columns only.
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
frame <- data.frame(n = c(1, 10), t = c(1000000.25, 1/3), word = c("x", "y"))
mixed <- as.matrix(frame)
print(mixed)
found <- apply(frame, 1, function(r) r["n"] == "1")
back <- apply(frame, 1, function(r) as.numeric(r["t"]))
cat("rows with n equal to 1 by apply:", sum(found), "by column:", sum(frame$n == "1"), "\n")
cat("errors of t by apply:", back - frame$t, "by as.matrix of the numbers:", as.matrix(frame[1:2])[, "t"] - frame$t, "\n")
quit(status = !(mixed[1, "n"] == " 1" && sum(found) == 0 && sum(frame$n == "1") == 1 && abs(back[1] - frame$t[1]) == 0.25 && all(as.matrix(frame[1:2])[, "t"] == frame$t)))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
