#!/usr/bin/env bash
# PyTorch 1.13: of two draws by multinomial(p, 2) from 0.9 and 0.1 each is drawn once, always; from 0.98, 0.01, 0.01 a thousand pairs have 0 a thousand times instead of 1960, and 1 and 2 five hundred times each.
#
# Two draws from a distribution are expected to be two draws from it, as of numpy's multinomial and choice, R's rmultinom and tf.random.categorical. What was drawn is not put back unless told otherwise: more than one state, token or particle a row has shares that go towards equal ones, and sampled means, resampled
# particles and losses by sampled words are off by any amount. num_samples=1, as in most examples, is right, and as many draws as states are a shuffle of them, which only more is refused for. Nothing is said. What to do: replacement=True.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-torch=1.13.1+dfsg-4 libtorch1.13=1.13.1+dfsg-4 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-torch|libtorch1.13' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-torch=1.13.1+dfsg-4 libtorch1.13=1.13.1+dfsg-4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in python3-torch libtorch1.13; do dpkg-deb -f "${name}"_*.deb Version | sed "s/^/$name /"; done
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import torch
print("torch", torch.__version__)
torch.manual_seed(0)
pairs = {tuple(sorted(torch.multinomial(torch.tensor([0.9, 0.1]), 2).tolist())) for _ in range(100)}
p = torch.tensor([0.98, 0.01, 0.01]).repeat(1000, 1)
def counts(n, **how):
    return torch.multinomial(p, n, **how).flatten().bincount(minlength=3).tolist()
without, back, one = counts(2), counts(2, replacement=True), counts(1)
print("kinds of pairs from 0.9 and 0.1:", pairs, "; a thousand pairs from 0.98, 0.01, 0.01:", without, ", with replacement:", back, "; a thousand draws:", one)
assert pairs == {(0, 1)} and without[0] == 1000 and without[1] > 400 and back[0] > 1900 and one[0] > 950
PY
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
