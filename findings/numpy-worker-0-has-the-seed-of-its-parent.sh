#!/usr/bin/env bash
# numpy 1.24.2: default_rng([42, 0]) is default_rng(42) to the last bit, and so is default_rng([42, 0, 0, 0]).
#
# Seeds that are lists are expected to be other seeds than their parts, so that default_rng([seed, worker]) gives each worker a chain of its
# own. Zeros at the end of up to four words count for nothing: worker 0, or fold 0 of run 0, draws what the program that started it draws from
# default_rng(seed), and noise meets data made of the same numbers. The old RandomState([42, 0]) is another than RandomState(42). What to do:
# [worker, seed], or SeedSequence(seed).spawn(n).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-numpy=1:1.24.2-1+deb12u1 libblas3 liblapack3 libopenblas0-pthread libgfortran5 libquadmath0 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-numpy_*.deb Version | sed 's/^/python3-numpy /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import numpy as np
first = lambda seed: np.random.default_rng(seed).random()
seeds = 42, [42], [42, 0], [42, 0, 0, 0], [42, 0, 0, 0, 0], [0, 42], [42, 1]
for seed in seeds:
    print(seed, first(seed))
old = [np.random.RandomState(seed).rand() for seed in (42, [42, 0])]
spawned = np.random.default_rng(np.random.SeedSequence(42).spawn(1)[0]).random()
print("RandomState 42 and [42, 0]:", *old, "; spawned child 0:", spawned)
assert first(42) == first([42]) == first([42, 0]) == first([42, 0, 0, 0]) and len({first(s) for s in seeds[3:]}) == 4 and old[0] != old[1] and spawned != first(42)
PY
/usr/bin/python3 try.py || { echo "CHANGED"; exit 1; }
