#!/usr/bin/env bash
# PyTorch 1.13: the log probability of a 1 where the probability is 0 is -15.94, in float64 -36.04, as binary_cross_entropy -100; only kl_divergence says inf.
#
# An event that cannot be has log probability -inf, and a model that excludes what happens is refuted by it. Bernoulli and
# Categorical made with probs= raise a probability of 0 to the type's epsilon before the logarithm, so that such a model
# loses 16 nats a bit, fewer than one that is merely wrong with logits (-1000 below), and a change of type changes the
# winner. Nothing is said. What to do: logits=, or look for probs that are 0 or 1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-torch=1.13.1+dfsg-4 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE "python3-torch|libtorch1.13" || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-torch=1.13.1+dfsg-4 libtorch1.13=1.13.1+dfsg-4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-torch_*.deb Version | sed 's/^/python3-torch /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu:$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread
cat >try.py <<'PY'
import sys
import torch
from torch.distributions import Bernoulli, Categorical, kl_divergence
zero, one = torch.tensor(0.0), torch.tensor(1.0)
found = {
    "Bernoulli(probs=0)": Bernoulli(probs=zero).log_prob(one),
    "the same in float64": Bernoulli(probs=zero.double()).log_prob(one.double()),
    "Categorical(probs=[1, 0])": Categorical(probs=torch.tensor([1.0, 0.0])).log_prob(torch.tensor(1)),
    "-binary_cross_entropy": -torch.nn.functional.binary_cross_entropy(zero, one),
    "Bernoulli(logits=-1000)": Bernoulli(logits=torch.tensor(-1000.0)).log_prob(one),
    "-kl_divergence(p=1, p=0)": -kl_divergence(Bernoulli(probs=one), Bernoulli(probs=zero)),
    "log of the probability": zero.log(),
}
values = [round(value.item(), 2) for value in found.values()]
for name, value in zip(found, values):
    print(f"{name:26} {value}")
inf = float("inf")
sys.exit(0 if values == [-15.94, -36.04, -15.94, -100, -1000, -inf, -inf] else "CHANGED")
PY
/usr/bin/python3 try.py
