#!/usr/bin/env bash
# R's glasso 1.11 and scikit-learn 1.2.1: with one covariance and one penalty of 0.005 the coupling of two columns of small numbers is -0.81 in R and -1.74 in Python, and that of the other two alike.
#
# Both solve the problem of Friedman, Hastie and Tibshirani, and one penalty is expected to give one matrix. glasso penalises the diagonal as well, so that each variance of its model is the given one plus the penalty; scikit-learn leaves the diagonal
# out. Columns with variances of the order of the penalty are drowned, couplings and partial correlations of all are smaller, and a penalty chosen in one program means more or less in the
# other. What to do: penalize.diagonal = FALSE in R; standardised columns in both.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq r-cran-glasso=1.11-1+b1 r-base-core=4.2.2.20221110-2 libicu72 libtirpc3 libpaper1 libcurl4 libgomp1 python3-sklearn=1.2.1+dfsg-1 python3-sklearn-lib python3-joblib python3-threadpoolctl python3-scipy \
    python3-numpy python3-decorator libblas3 liblapack3 libgfortran5 libquadmath0 2>/dev/null
missing=$(apt-get install -s --no-install-recommends r-base-core=4.2.2.20221110-2 2>/dev/null | sed -n 's/^Inst \(lib[^ ]*\).*/\1/p' || true)
# shellcheck disable=SC2086 # words wanted
[ -z "$missing" ] || apt-get download -qq $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in r-cran-glasso python3-sklearn; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.py <<'PY'
import numpy as np
from sklearn.covariance import graphical_lasso
rng = np.random.RandomState(1)
x = rng.normal(size=(200, 4))
x[:, 1] += x[:, 0]
x[:, 3] += 0.5 * x[:, 2]
covariance = np.cov((x * [1, 1, 0.1, 0.1]).T, bias=True)
np.savetxt("covariance.txt", covariance)
model, precision = graphical_lasso(covariance, 0.005, tol=1e-8)
np.savetxt("python.txt", [precision[0, 1], precision[2, 3], model[2, 2] - covariance[2, 2]])
PY
cat >try.R <<'R'
library(glasso)
s <- as.matrix(read.table("covariance.txt"))
fit <- function(...) { g <- glasso(s, 0.005, thr = 1e-10, ...); c(g$wi[1, 2], g$wi[3, 4], g$w[3, 3] - s[3, 3]) }
found <- rbind(glasso = fit(), "glasso, penalize.diagonal = FALSE" = fit(penalize.diagonal = FALSE), "scikit-learn" = scan("python.txt", quiet = TRUE))
colnames(found) <- c("coupling 1-2", "coupling 3-4", "added to variance 3")
print(round(found, 4))
quit(status = !(abs(found[1, 2]) < 0.6 * abs(found[3, 2]) && abs(found[1, 3] - 0.005) < 1e-9 && all(abs(found[2, ] - found[3, ]) < 1e-3)))
R
/usr/bin/python3 try.py
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
