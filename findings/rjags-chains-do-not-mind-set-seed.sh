#!/usr/bin/env bash
# R's rjags 4-13: set.seed does not repeat a chain, and all chains of a model without inits start at the same place.
#
# A sampler in R is expected to draw from R's generator, and chains to start apart. JAGS has generators of its own, seeded by the clock: no
# set.seed makes a run repeatable, and runs with one seed that differ are taken for an error elsewhere. Starting values are typical ones of
# the prior, the same for each chain (0.5 for a probability), so that a comparison of chains begins with agreement. Nothing is said. What to
# do: inits = list(list(.RNG.name = "base::Wichmann-Hill", .RNG.seed = 1, p = 0.1), ...).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-rjags jags | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-rjags=1:4-13-1 jags=4.3.1-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-cran-rjags|jags|r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-rjags=1:4-13-1 jags=4.3.1-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-rjags_*.deb Version | sed 's/^/r-cran-rjags /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
options(jags.moddir = file.path(getwd(), "root/usr/lib/x86_64-linux-gnu/JAGS/modules-4"))
suppressPackageStartupMessages(library(rjags))
text <- "model { p ~ dbeta(1, 1)\n x ~ dnorm(0, 1) }"
run <- function(...) { set.seed(1); m <- jags.model(textConnection(text), n.chains = 2, quiet = TRUE, ...); start <- sapply(m$state(), function(s) s$p); list(start, sapply(coda.samples(m, "x", 3, progress.bar = "none"), c)) }
a <- run()
Sys.sleep(1.1)
b <- run()
seeds <- lapply(1:2, function(i) list(.RNG.name = "base::Wichmann-Hill", .RNG.seed = i))
again <- identical(run(inits = seeds)[[2]], run(inits = seeds)[[2]])
cat("x after set.seed(1):", a[[2]][, 1], ", once more:", b[[2]][, 1], "; p at the start of both chains:", a[[1]], "; the same with .RNG.seed:", again, "\n")
quit(status = !(!identical(a[[2]], b[[2]]) && a[[1]][1] == a[[1]][2] && again))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
