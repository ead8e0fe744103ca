#!/usr/bin/env bash
# R 4.2.2 and Python 3.11: set.seed(0.9) is set.seed(0), so set.seed(runif(1)) always is; random.seed(-7) is random.seed(7).
#
# Other seeds are expected to begin other chains. R cuts what is behind the point, silently: seeds drawn by runif are all 0, seeds like
# 2020.1, 2020.2 are one. Python takes the absolute value of a whole number, so that seeds from -50 to 50 give 51 chains, and every chain but
# that of 0 twice; numpy refuses them. What to do: seeds that are whole and positive.
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
first <- function(seed) { set.seed(seed); runif(1) }
found <- c(first(0), first(0.9), first(-0.9), first(0.5))
cat("R, seeds 0, 0.9, -0.9, 0.5:", found, "; 2020.1 and 2020.9:", first(2020.1), first(2020.9), "\n")
quit(status = !(length(unique(found)) == 1 && first(2020.1) == first(2020.9) && first(1) != first(0)))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
cat >try.py <<'PY'
import random, sys
def first(seed):
    return random.Random(seed).random()
print("Python", sys.version.split()[0] + ", seeds 7, -7, 7.0:", first(7), first(-7), first(7.0), "; chains of -50 to 50:", len({first(s) for s in range(-50, 51)}))
assert first(7) == first(-7) == first(7.0) and len({first(s) for s in range(-50, 51)}) == 51
PY
/usr/bin/python3 try.py || { echo "CHANGED"; exit 1; }
