#!/usr/bin/env bash
# MDP 3.6: RBMNode.train(x) of all rows is one gradient step; the node then counts as trained, and its rates of bits are those of its start.
#
# A node that was given 20000 rows, and that a Flow calls trained, is expected to have learned: PCANode and the other nodes have after one
# call, and BernoulliRBM of scikit-learn goes ten times through all rows in batches of ten. Each call takes its rows for one batch and makes
# one step of 0.1, whatever their number; a Flow that is given one array makes one call. Features of such a machine are noise around 0.5.
# What to do: many small batches and epochs, a loop over train(batch), before stop_training.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-mdp=3.6-2 python3-numpy 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-mdp|python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-mdp=3.6-2 python3-numpy $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-mdp_*.deb Version | sed 's/^/python3-mdp /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import mdp
import numpy as np
rng = np.random.RandomState(0)
on = rng.rand(20000, 1) < 0.9
x = np.hstack([on, on, ~on]).astype(float)
def rates(epochs, batch):
    np.random.seed(1)
    node = mdp.nodes.RBMNode(2)
    for _ in range(epochs):
        for i in range(0, len(x), batch):
            node.train(x[i:i + batch])
    node.stop_training()
    h = np.random.rand(20000, 2) < 0.5
    for _ in range(50):
        v = node.sample_v(h)[1]
        h = node.sample_h(v)[1]
    return v.mean(0), node
once, node = rates(1, len(x))
many, _ = rates(2, 20)
print("rates of the data", x.mean(0).round(2), "; of the model after one train(x)", once.round(2), ", trained:", not node.is_training(),
      "; after 2000 small batches", many.round(2))
assert not node.is_training() and np.abs(once - 0.5).max() < 0.1 and np.abs(many - x.mean(0)).max() < 0.1
PY
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
