#!/usr/bin/env bash
# R's coda 0.19-4: the effective size of three chains of 1000 that stand at 0, 100 and 200 is about 3000; posterior says 3.
#
# The number of independent draws that a mean is worth is expected to be small where chains disagree. effectiveSize adds up the sizes of the
# chains, each around its own mean: chains that each sit in a mode of their own look perfect, and a standard error made of it is 1/54 of the
# deviation, while the mean says how many chains began where. Gelman's diagnostic beside it is 100 and more. Nothing is said. What to do:
# posterior::ess_bulk of the chains as columns.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-coda r-cran-posterior | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-coda=0.19-4-1 r-cran-posterior=1.4.0+dfsg-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-cran-coda|r-cran-posterior|r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-coda=0.19-4-1 r-cran-posterior=1.4.0+dfsg-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-coda_*.deb Version | sed 's/^/r-cran-coda /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
suppressPackageStartupMessages({ library(coda); library(posterior) })
set.seed(1)
chains <- sapply(c(0, 100, 200), function(at) at + rnorm(1000))
theirs <- unname(effectiveSize(mcmc.list(lapply(1:3, function(i) mcmc(chains[, i])))))
bulk <- ess_bulk(chains); basic <- ess_basic(chains)
cat("coda's effectiveSize:", theirs, "; posterior's ess_bulk:", bulk, ", ess_basic:", basic, "\n")
quit(status = !(theirs > 2500 && bulk < 5 && basic < 5))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
