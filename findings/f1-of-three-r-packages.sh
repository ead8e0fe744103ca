#!/usr/bin/env bash
# R's MLmetrics 1.1.1, Metrics 0.1.4 and ModelMetrics 1.2.2: the F1 of the same ten predictions is 0.875, 1 and 0.5.
#
# Precision 1 and recall 1/3 of the ones make 0.5. MLmetrics takes the first level for the positive one, with 0 and 1 the
# zeros, of which there are mostly more: the F1 of the easy class. Metrics, whose precision and recall are those of 0 and
# 1, has an f1 for search results, which compares the two vectors as sets: {0, 1} and {0, 1} are the same, so it is 1 for
# every prediction in which both occur. None says so. What to do: MLmetrics::F1_Score(y, p, positive = "1").
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq r-cran-mlmetrics=1.1.1-3 r-cran-metrics=0.1.4-2 r-cran-modelmetrics=1.2.2.2-1+b1 r-cran-rocr r-cran-rcpp \
    r-cran-data.table r-cran-gplots r-cran-gtools r-cran-gdata r-cran-catools r-cran-bitops r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 \
    libquadmath0 libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in r-cran-mlmetrics r-cran-metrics r-cran-modelmetrics; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
options(warn = 2)
y <- c(1, 1, 1, 0, 0, 0, 0, 0, 0, 0)
p <- c(1, 0, 0, 0, 0, 0, 0, 0, 0, 0)
f1 <- c(MLmetrics = MLmetrics::F1_Score(y, p), Metrics = Metrics::f1(y, p), ModelMetrics = ModelMetrics::f1Score(y, p),
        "positive = 1" = MLmetrics::F1_Score(y, p, positive = "1"))
print(f1)
cat("Metrics: precision", Metrics::precision(y, p), "recall", Metrics::recall(y, p), "f1 of predictions that are all wrong", Metrics::f1(y, 1 - y), "\n")
quit(status = !(isTRUE(all.equal(unname(f1), c(0.875, 1, 0.5, 0.5))) && Metrics::recall(y, p) == 1/3 && Metrics::f1(y, 1 - y) == 1))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
