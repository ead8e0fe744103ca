#!/usr/bin/env bash
# R 4.2.2: uniroot finds 0 as the root of x - 1e-6 between 0 and 1, 0.00097 for x^3 - 1e-9, whose root is 0.001, and 0.001000033 for tanh(x) = 0.001.
#
# A root is expected to be exact to the last digits, as that of brentq in scipy and fzero in Octave are (2e-12 and 2e-16), or to some digits of its own size. The tolerance is .Machine$double.eps^0.25, 1.2e-4, absolute: a rate, a field or a temperature below it is 0 or any number of its size, and
# a calibration that takes a logarithm of it is infinite. Roots near 1 have four right digits at least, often more, as a first try shows. No warning. optimise has the same tolerance. What to do: tol = 1e-12 or so, or solve for log(x).
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
line <- function(x) x - 1e-6
cube <- function(x) x^3 - 1e-9
curve <- function(x) tanh(x) - 0.001
usual <- c(uniroot(line, c(0, 1))$root, uniroot(cube, c(0, 1))$root, uniroot(curve, c(0, 10))$root)
exact <- c(uniroot(line, c(0, 1), tol = 1e-14)$root, uniroot(cube, c(0, 1), tol = 1e-14)$root, uniroot(curve, c(0, 10), tol = 1e-14)$root)
cat("x = 1e-6:", usual[1], "; x^3 = 1e-9:", usual[2], "; tanh(x) = 0.001:", usual[3], "\nwith tol = 1e-14:", format(exact, digits = 10), "\n")
quit(status = !(usual[1] == 0 && abs(usual[2] / 0.001 - 1) > 0.01 && abs(exact[1] / 1e-6 - 1) < 1e-6 && abs(exact[2] / 0.001 - 1) < 1e-6))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
