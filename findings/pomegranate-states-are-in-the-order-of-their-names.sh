#!/usr/bin/env bash
# pomegranate 0.14.8: the states of a hidden Markov model are numbered in the order of their names, s10 before s2, not in which they were added; without names in an order that chance gives.
#
# predict answers numbers, and matrices have rows, in the order in which states were added, as one expects. bake() sorts them by their names
# as texts: up to s9 nothing is to be seen, with the tenth state all numbers above 1 mean others, and state 0 and 1 of ("on", "off") are
# exchanged. States made without a name have a random one, so that their order is another in each run. Nothing is said. What to do: look at
# [s.name for s in model.states], or names of one width.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-pomegranate=0.14.8-3+b1 python3-numpy 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-pomegranate|python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-pomegranate=0.14.8-3+b1 python3-numpy $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-pomegranate_*.deb Version | sed 's/^/python3-pomegranate /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import numpy as np
import pomegranate as pg
print("pomegranate", pg.__version__)
def model(names):
    m = pg.HiddenMarkovModel()
    states = [pg.State(pg.DiscreteDistribution({"A": p, "B": 1 - p}), name=n) for n, p in zip(names, (0.9, 0.1))]
    m.add_states(states)
    for a in states:
        m.add_transition(m.start, a, 0.5)
        for b in states:
            m.add_transition(a, b, 0.8 if a is b else 0.2)
    m.bake()
    return m
few, many = model(["s1", "s2"]), model(["s2", "s10"])
free = {tuple(model([None, None]).predict(list("AAAA"))) for _ in range(64)}
print("first state says A: predict of AABB with s1, s2:", few.predict(list("AABB")), ", with s2, s10:", many.predict(list("AABB")), "; without names, AAAA in 64 models:", *free)
assert few.predict(list("AABB")) == [0, 0, 1, 1] and many.predict(list("AABB")) == [1, 1, 0, 0] and len(free) == 2
PY
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
