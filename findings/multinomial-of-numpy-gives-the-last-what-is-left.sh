#!/usr/bin/env bash
# numpy 1.24.2 and SciPy 1.10.1: of 1000 draws with probabilities 0.1, 0.1, 0.1 the third state gets 800; R's rmultinom gives each a third, and numpy's choice refuses.
#
# Probabilities that do not sum to 1 are expected to be refused, as by choice of the same generator, or to be weights. multinomial looks at all but the last one, whose value does not matter: what the others leave is its own.
# A row of scores that was not normalised, a softmax over all states but one, or a state that was masked out, makes the last state likely, and scipy's multinomial.pmf and mean answer 0.8 as well.
# Only a sum above 1 before the last raises. What to do: p / p.sum() each time.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-numpy=1:1.24.2-1+deb12u1 python3-scipy=1.10.1-2 python3-decorator libblas3 liblapack3 libgfortran5 libquadmath0 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in python3-numpy python3-scipy; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
lib=$PWD/root/usr/lib/x86_64-linux-gnu
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages LD_LIBRARY_PATH=$lib:$lib/blas:$lib/lapack
cat >try.py <<'PY'
import sys
import numpy as np
from scipy import stats
rng = np.random.default_rng(1)
p = [0.1, 0.1, 0.1]
drawn = {"default_rng": rng.multinomial(1000, p), "RandomState": np.random.RandomState(1).multinomial(1000, p), "scipy": stats.multinomial.rvs(1000, p, random_state=1)}
pmf = stats.multinomial.pmf([0, 0, 1], 1, p)
try:
    rng.choice(3, p=p)
    refused = False
except ValueError as error:
    refused = str(error)
masked = rng.multinomial(1000, [0.2, 0.3, 0.0])
for name, counts in drawn.items():
    print(name, "of 0.1 0.1 0.1:", counts)
print("pmf of the third by scipy:", pmf, "; choice:", refused, "; a masked last state, 0.2 0.3 0:", masked)
sys.exit(0 if all(720 < counts[2] < 880 for counts in drawn.values()) and abs(pmf - 0.8) < 1e-12 and refused and masked[2] > 420 else "CHANGED")
PY
/usr/bin/python3 try.py
