#!/usr/bin/env bash
# networkx 2.8.8: the periodic lattice of 2 x 2 spins has 4 couplings instead of 8, of 3 x 2 it has 9 instead of 12; from 3 x 3 on there are two for each spin.
#
# On a torus each spin has four neighbours, and in the textbook's sum over i of s_i (s_right + s_below), or with np.roll, each spin brings two couplings, whatever the size: where a side is two long, left and right
# are the same neighbour and count twice. A graph has no double edges, so that grid_2d_graph(2, 2, periodic=True) is a ring of four. The smallest lattices, those one can enumerate, have half of the
# energy, another critical point and another log Z than formulas and other programs say. What to do: sides of 3 and more, or weights of 2 there.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-networkx=2.8.8-1 python3-numpy libblas3 liblapack3 libgfortran5 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-networkx_*.deb Version | sed 's/^/python3-networkx /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages LD_LIBRARY_PATH=$lib:$lib/blas:$lib/lapack
cat >try.py <<'PY'
import itertools
import math
import sys
import networkx as nx
import numpy as np

def log_z(rows, columns, energy):
    states = (np.array(s).reshape(rows, columns) for s in itertools.product((-1, 1), repeat=rows * columns))
    return math.log(sum(math.exp(-0.4 * energy(s)) for s in states))

found = {}
for size in (2, 2), (3, 2), (3, 3):
    graph = nx.grid_2d_graph(*size, periodic=True)
    found[size] = (graph.number_of_edges(), log_z(*size, lambda s: -sum(s[a] * s[b] for a, b in graph.edges)), log_z(*size, lambda s: -(s * (np.roll(s, 1, 0) + np.roll(s, 1, 1))).sum()))
    print("%d x %d: %d edges, two a spin are %d; log Z at 0.4: %.3f, with np.roll %.3f" % (*size, found[size][0], 2 * size[0] * size[1], *found[size][1:]))
sys.exit(0 if found[2, 2][0] == 4 and found[3, 2][0] == 9 and found[3, 3][0] == 18 and found[2, 2][2] - found[2, 2][1] > 0.5 and abs(found[3, 3][2] - found[3, 3][1]) < 1e-9 else "CHANGED")
PY
/usr/bin/python3 try.py
