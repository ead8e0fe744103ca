#!/usr/bin/env bash
# R's yaml 2.3.7: of "n: 100, y: 2, x: 3" the names are FALSE, TRUE and x, so that settings$n is NULL; as.yaml writes 0.123456789012 as 0.1234568, 123456789 as 1.2345679e+08 and TRUE as yes.
#
# A key is expected to be a text, and settings$n the number of rows. n and y are truth values of YAML 1.1 in a form that PyYAML, Psych and js-yaml leave out, for keys as well; in R a name that is not there is NULL, of which a sum is 0 and a loop has no turns. What
# is written has seven digits: a seed of 123456789 as a double is 1.2345679e+08, another seed. Others read yes as a text, as YAML 1.2 has it. No warning. What to do: handlers = list("bool#yes" = function(x) x, ...) for y and n, or longer names; as.yaml(x, precision = 15).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-yaml | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-yaml=2.3.7-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-cran-yaml|r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-yaml=2.3.7-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-yaml_*.deb Version | sed 's/^/r-cran-yaml /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
library(yaml)
options(warn = 2)
settings <- yaml.load("n: 100\ny: 2\nx: 3")
written <- as.yaml(list(rate = 0.123456789012, seed = 123456789, flag = TRUE))
again <- yaml.load(written)
exact <- yaml.load(as.yaml(list(seed = 123456789), precision = 15))
cat("names:", names(settings), "; settings$n:", is.null(settings$n), "\n", written, "seed read back:", format(again$seed, digits = 15), ", with precision 15:", format(exact$seed, digits = 15), "\n")
quit(status = !(identical(names(settings), c("FALSE", "TRUE", "x")) && is.null(settings$n) && grepl("rate: 0.1234568\n", written) && grepl("flag: yes", written) && again$seed == 123456790 && exact$seed == 123456789))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
