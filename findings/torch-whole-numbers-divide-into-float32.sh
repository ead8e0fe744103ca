#!/usr/bin/env bash
# PyTorch 1.13: int64 divided by 1, or plus 0.5, is float32, so 16777217 / 1 is 16777216 and times in seconds move by up to a minute.
#
# From numpy one knows that int64 and a float make float64, in which whole numbers up to 2^53 are exact. PyTorch takes its
# default type whatever the integers hold: counts beyond 2^24, identifiers and unix times lose their last digits when they
# are scaled, and 1700000001 - 1700000000 after a division is 0. Sums and products with whole numbers stay right, and
# there is no warning. What to do: x.double() first.
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
import numpy as np
x = [16777217, 1700000001, 1700000030]
ways = {
    "torch x / 1": (torch.tensor(x) / 1).tolist(),
    "torch x + 0.5": (torch.tensor(x) + 0.5).tolist(),
    "torch x * 2": (torch.tensor(x) * 2).tolist(),
    "torch x.double() / 1": (torch.tensor(x).double() / 1).tolist(),
    "numpy x / 1": (np.array(x) / 1).tolist(),
}
print("x =", x)
for name, values in ways.items():
    print(f"{name:21}", values)
half, plus, twice, double, by_numpy = ways.values()
sys.exit(0 if half == [16777216, 1.7e9, 1.7e9] == plus and twice[1] == 3400000002 and double == by_numpy == x else "CHANGED")
PY
/usr/bin/python3 try.py
