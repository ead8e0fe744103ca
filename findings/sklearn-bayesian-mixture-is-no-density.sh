#!/usr/bin/env bash
# scikit-learn 1.2.1: score_samples of BayesianGaussianMixture is no log density; its exponential integrates to 0.93 with 20 rows, and less with more columns.
#
# The two mixtures have one documentation for score_samples, "the log-likelihood of each sample", and GaussianMixture's integrates to 1. The
# Bayesian one adds expected logarithms under its posterior, a lower bound: with few rows for its parameters it is far below, and a
# comparison of the two by held-out likelihood, or of numbers of components, finds the Bayesian one worse than it is. No warning. What to
# do: compare only within one class, or make the density from weights_, means_ and covariances_ (below).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-sklearn=1.2.1+dfsg-1 python3-sklearn-lib python3-numpy 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-sklearn|python3-sklearn-lib|python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-sklearn=1.2.1+dfsg-1 python3-sklearn-lib python3-numpy $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-sklearn_*.deb Version | sed 's/^/python3-sklearn /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import numpy as np
from scipy.special import logsumexp
from scipy.stats import multivariate_normal
from sklearn.mixture import BayesianGaussianMixture, GaussianMixture
x = np.random.RandomState(0).randn(20, 1)
grid = np.linspace(-30, 30, 200001)[:, None]
mass = {c.__name__: np.trapz(np.exp(c(n_components=2, random_state=0).fit(x).score_samples(grid)), grid[:, 0]) for c in (GaussianMixture, BayesianGaussianMixture)}
wide = np.random.RandomState(1).randn(30, 10)
m = BayesianGaussianMixture(n_components=1, random_state=0).fit(wide)
plug = logsumexp([np.log(w) + multivariate_normal(u, c).logpdf(wide) for w, u, c in zip(m.weights_, m.means_, m.covariances_)], axis=0)
ratio = np.exp(m.score_samples(wide) - plug)
print("integrals:", mass, "; 30 rows of 10 columns: exp(score_samples) is", *np.unique(ratio.round(6)), "of the density of the fitted normal")
assert abs(mass["GaussianMixture"] - 1) < 1e-6 and mass["BayesianGaussianMixture"] < 0.95 and ratio.max() < 0.5
PY
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
