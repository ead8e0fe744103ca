#!/usr/bin/env bash
# R's geepack 1.3.9: with rows in the order of visits, not of persons, geeglm sees 200 clusters in 50 persons; the standard error is 0.26 instead of 0.47 and p 0.0002 instead of 0.04.
#
# id = is expected to say which rows belong together, wherever they are. A cluster is a run of equal ids: a table that was sorted by time, shuffled or put together from parts of visits has clusters of one row, the correlation within
# them is 0, and repeated measurements count as independent ones. Estimates hardly move. Nothing is said; the summary names the number of clusters in its last line.
# What to do: data[order(data$id), ] before.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
only='--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances'
# shellcheck disable=SC2086 # words wanted
missing=$( {
    apt-cache depends --recurse $only r-cran-geepack | grep -E '^r-(cran|bioc)-'
    apt-get install -s --no-install-recommends r-cran-geepack=1.3.9-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p'
} | sort -u | grep -vxE 'r-cran-geepack|r-base-core|libblas3|liblapack3|libgfortran5|libquadmath0|libgomp1|libicu72|libtirpc3|libpaper1|libcurl4' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq r-cran-geepack=1.3.9-1 r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 \
    libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-cran-geepack_*.deb Version | sed 's/^/r-cran-geepack /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
suppressPackageStartupMessages(library(geepack))
options(warn = 2)
set.seed(1)
d <- data.frame(id = rep(1:50, 4))
person <- rnorm(50) * 2
d$x <- rep(rbinom(50, 1, 0.5), 4)
d$y <- person[d$id] + rnorm(200)
fit <- function(data) {
    model <- geeglm(y ~ x, id = id, data = data, corstr = "exchangeable")
    c(clusters = length(model$geese$clusz), correlation = unname(model$geese$alpha), error = summary(model)$coefficients["x", "Std.err"], p = summary(model)$coefficients["x", 4])
}
visits <- fit(d)
persons <- fit(d[order(d$id), ])
cat("rows by visit: ", paste(names(visits), signif(visits, 3)), "\nrows by person:", paste(names(persons), signif(persons, 3)), "\n")
quit(status = !(visits["clusters"] == 200 && persons["clusters"] == 50 && persons["error"] > 1.5 * visits["error"] && persons["p"] > 10 * visits["p"]))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
