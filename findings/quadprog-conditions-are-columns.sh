#!/usr/bin/env bash
# R's quadprog 1.5-8: solve.QP with the conditions x1 >= 1 and 2 x1 + x2 >= 1 as the rows of a matrix answers 0, 1, which breaks the first one; as the columns of it 1, 0.
#
# Conditions are expected to be the rows of a matrix, as in cvxopt, scipy, lpSolve and GLPK. Here each column is one, t(A) x >= b: with as many conditions as unknowns, as bounds often are, the matrix fits either way, and what comes out is the best point under other conditions. A diagonal or symmetric matrix, as in a first try, is
# the same both ways. Nothing is said, iact and value look as ever. What to do: t(A), and look at A %*% solution.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-quadprog | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-quadprog=1.5-8-1+b1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4|r-cran-quadprog' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-quadprog=1.5-8-1+b1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-quadprog_*.deb Version | sed 's/^/r-cran-quadprog /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
library(quadprog)
a <- rbind(c(1, 0), c(2, 1))
b <- c(1, 1)
usual <- solve.QP(diag(2), c(0, 0), a, b)$solution
right <- solve.QP(diag(2), c(0, 0), t(a), b)$solution
cat("quadprog", format(packageVersion("quadprog")), "\n conditions in rows:", usual, ", of which they have", a %*% usual, "; in columns:", right, ", of which they have", a %*% right, "\n")
quit(status = !(any(a %*% usual < b - 1e-6) && all(a %*% right > b - 1e-6) && isTRUE(all.equal(right, c(1, 0)))))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
