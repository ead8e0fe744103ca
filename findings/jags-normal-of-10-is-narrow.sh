#!/usr/bin/env bash
# JAGS 4.3.1: numbers of dnorm(0, 10) have the deviation 0.32, of dlnorm(0, 10) the logarithms as well; dexp(2) has the mean 0.5, dweib(2, 3) the mean 0.51 where R's dweibull(2, 3) has 2.66.
#
# Functions with the names and the order of R's are expected to take R's numbers. The second one of dnorm, dlnorm and dt is a precision, 1 / variance, and that of dweib a rate: a prior meant to be wide, with 10 or 1000, holds couplings and biases at 0, with 0.1 meant to be narrow it lets them go
# anywhere. The chain runs, converges and has plausible numbers, small ones. Nothing is said. What to do: dnorm(0, pow(sigma, -2)), or draw from the prior alone first, as here.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends jags=4.3.1-1 libblas3=3.11.0-2 liblapack3=3.11.0-2 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'jags|libblas3|liblapack3' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq jags=4.3.1-1 libblas3=3.11.0-2 liblapack3=3.11.0-2 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in jags libblas3 liblapack3; do dpkg-deb -f "${name}"_*.deb Version | sed "s/^/$name /"; done
lib=$PWD/root/usr/lib/x86_64-linux-gnu
cat >model.bug <<'B'
model {
    normal ~ dnorm(0, 10)
    lognormal ~ dlnorm(0, 10)
    exponential ~ dexp(2)
    weibull ~ dweib(2, 3)
}
B
printf '".RNG.name" <- "base::Mersenne-Twister"\n".RNG.seed" <- 1\n' >start.R
cat >run.cmd <<'C'
model in "model.bug"
compile
parameters in "start.R"
initialize
monitor normal
monitor lognormal
monitor exponential
monitor weibull
update 20000
coda *
C
LTDL_LIBRARY_PATH=$(dirname "$(find root -name basemod.so)") LD_LIBRARY_PATH=$lib:$lib/blas:$lib/lapack "$(find root -name jags-terminal)" run.cmd >log 2>&1
cat >look.py <<'PY'
import math
import statistics
import sys
places = {line.split()[0]: [int(x) for x in line.split()[1:]] for line in open("CODAindex.txt")}
lines = [float(line.split()[1]) for line in open("CODAchain1.txt")]
x = {name: lines[first - 1 : last] for name, (first, last) in places.items()}
found = [statistics.stdev(x["normal"]), statistics.stdev(map(math.log, x["lognormal"])), statistics.mean(x["exponential"]), statistics.mean(x["weibull"])]
print("deviations of dnorm(0, 10) and the logarithms of dlnorm(0, 10); means of dexp(2) and dweib(2, 3):", *(f"{v:.3f}" for v in found), f"; R's dweibull(2, 3): {3 * math.gamma(1.5):.3f}")
sys.exit(not all(abs(v - w) < 0.02 for v, w in zip(found, (10 ** -0.5, 10 ** -0.5, 0.5, 3 ** -0.5 * math.gamma(1.5)))))
PY
/usr/bin/python3 look.py || { echo "CHANGED"; exit 1; }
