#!/usr/bin/env bash
# PyTorch 1.13: going once through a DataLoader that does not shuffle changes the random numbers of all that follows.
#
# Reading a validation set in order needs no random numbers, and none are expected to be used. Each loop over a DataLoader
# draws a seed for its workers, also without workers: a run that is validated every epoch and one that is validated every
# fifth have other masks, noise and shuffles from the first validation on, and an experiment "with more logging" is
# another experiment. What to do: give such loaders a generator of their own, generator=torch.Generator().
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
from torch.utils.data import DataLoader, TensorDataset
rows = TensorDataset(torch.arange(8.0))

def after(loops, **options):
    torch.manual_seed(0)
    for _ in range(loops):
        list(DataLoader(rows, batch_size=4, shuffle=False, **options))
    return torch.rand(3)

plain = [after(loops) for loops in (0, 1, 2)]
own = [after(loops, generator=torch.Generator()) for loops in (0, 1, 2)]
for loops in range(3):
    print(f"numbers after {loops} loops:", plain[loops].tolist(), "with a generator of its own:", own[loops].tolist())
ok = not torch.equal(plain[0], plain[1]) and not torch.equal(plain[1], plain[2])
sys.exit(0 if ok and torch.equal(own[0], own[1]) and torch.equal(own[1], own[2]) and torch.equal(own[0], plain[0]) else "CHANGED")
PY
/usr/bin/python3 try.py
