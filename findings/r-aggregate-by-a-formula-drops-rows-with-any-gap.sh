#!/usr/bin/env bash
# R 4.2.2: aggregate(cbind(a, b) ~ g, x, mean, na.rm = TRUE) leaves out each row in which a or b is missing; the mean of a group's a, complete, is 1 instead of 2, and a group can vanish.
#
# na.rm = TRUE is expected to let mean skip what is missing, column by column, as in aggregate(x[c("a", "b")], x["g"], mean, na.rm = TRUE). The formula takes its rows first, by na.action =
# na.omit, over all columns that it names: adding a column with gaps changes the means of the others, "." with many columns leaves few rows, and a group without a complete row is not in the
# result, so that it has fewer rows than there are groups. No warning. What to do: na.action = na.pass beside na.rm = TRUE.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-base-core_*.deb Version | sed 's/^/r-base-core /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export TZ=UTC R_HOME=$PWD/root/usr/lib/R LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
options(warn = 2)
x <- data.frame(g = c("u", "u", "v", "w"), a = c(1, 3, 5, 7), b = c(1, NA, 2, NA))
both <- aggregate(cbind(a, b) ~ g, x, mean, na.rm = TRUE)
alone <- aggregate(a ~ g, x, mean, na.rm = TRUE)
plain <- aggregate(x[c("a", "b")], x["g"], mean, na.rm = TRUE)
pass <- aggregate(cbind(a, b) ~ g, x, mean, na.rm = TRUE, na.action = na.pass)
show <- function(d) paste0(d$g, "=", d$a)
cat("means of a by group, formula with b:", show(both), "; formula without b:", show(alone), "; without a formula:", show(plain), "; na.pass:", show(pass), "\n")
quit(status = !(identical(both$a, c(1, 5)) && identical(alone$a, c(2, 5, 7)) && identical(plain$a, alone$a) && identical(pass$a, alone$a)))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
