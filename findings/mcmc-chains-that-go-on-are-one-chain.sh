#!/usr/bin/env bash
# R's mcmc 0.9-7: metrop started from the result of another run ignores set.seed, and four chains that go on from one burn-in are four times the same chain.
#
# A run that is continued is expected to draw from R's generator as it stands, or after set.seed from there. A result carries the state of the generator at its end, and the next run begins by putting that back:
# whatever was seeded before, the same numbers come, a comparison of the chains finds perfect agreement, and what is drawn afterwards goes on from there as well. A first run, given a
# function, does mind the seed. Nothing is said. What to do: metrop(f, initial = out$final, ...), not metrop(out, ...).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-mcmc | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-mcmc=0.9-7-1+b1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-cran-mcmc|r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-mcmc=0.9-7-1+b1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-mcmc_*.deb Version | sed 's/^/r-cran-mcmc /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
library(mcmc)
options(warn = 2)
normal <- function(x) -sum(x^2) / 2
set.seed(1)
burnt <- metrop(normal, 0, 100)
go_on <- sapply(1:4, function(seed) { set.seed(seed); metrop(burnt, nbatch = 5)$batch })
after <- sapply(1:4, function(seed) { set.seed(seed); metrop(burnt, nbatch = 5); runif(1) })
anew <- sapply(1:4, function(seed) { set.seed(seed); metrop(normal, burnt$final, nbatch = 5)$batch })
cat("last state of four chains with seeds 1 to 4 from one result:", go_on[5, ], "; runif(1) behind each:", after, "; started by the function:", anew[5, ], "\n")
quit(status = !(all(go_on == go_on[, 1]) && all(after == after[1]) && !any(duplicated(anew[5, ]))))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
