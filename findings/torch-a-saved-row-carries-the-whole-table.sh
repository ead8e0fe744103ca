#!/usr/bin/env bash
# PyTorch 1.13: torch.save of one row of a table of 1000 x 1000 writes 4 MB, which hold all rows; loaded, the others can be looked at. A clone of the row is 5 kB.
#
# To save one row, a sample for a bug report, a layer's first weights or a batch's mean field, is expected to save that. A slice shares the memory of its table, and what is saved is the memory, with a note which part of it is meant: files are as large as what they were cut from, a thousand saved rows are a thousand tables, and
# rows that were not to leave the house go out with the one that was. Shape and values of what is loaded show nothing of it. Nothing is said. What to do: torch.save(x[0].clone(), file).
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
import io
import torch
print("torch", torch.__version__)
table = torch.arange(1000000.0).reshape(1000, 1000)
def saved(x):
    file = io.BytesIO()
    torch.save(x, file)
    return file.getvalue()
row, clone = saved(table[0]), saved(table[0].clone())
loaded = torch.load(io.BytesIO(row))
other = loaded.as_strided((1000, 1000), (1000, 1))[999, 7].item()
print("bytes of a row:", len(row), "; of its clone:", len(clone), "; shape when loaded:", tuple(loaded.shape), "; a number of the last row, out of that file:", other)
assert len(row) > 4000000 and len(clone) < 10000 and tuple(loaded.shape) == (1000,) and other == 999007
PY
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
