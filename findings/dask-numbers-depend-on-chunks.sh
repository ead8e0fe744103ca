#!/usr/bin/env bash
# dask 2022.12.1: with one seed, an array of random numbers is another one when it is cut into other chunks.
#
# Chunks are expected to say how an array is computed, not what it is. Each chunk has a generator of its own, so that all
# but the first change with chunks=, and chunks="auto" depends on the type and on a setting of the machine in bytes: the
# same notebook with the same seed draws another sample on another cluster, without a word. What to do: name the chunks as
# well as the seed, or make the numbers in numpy and da.from_array them.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-dask=2022.12.1+dfsg-2 python3-cloudpickle python3-fsspec python3-toolz python3-partd python3-locket \
    python3-yaml libyaml-0-2 python3-packaging python3-pkg-resources python3-click python3-numpy libblas3 liblapack3 libopenblas0-pthread \
    libgfortran5 libquadmath0 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-dask_*.deb Version | sed 's/^/python3-dask /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import sys
import dask
import dask.array as da
import numpy as np
draw = lambda **chunks: da.random.RandomState(0).normal(size=8, **chunks).compute()
whole, halves, quarters = draw(chunks=8), draw(chunks=4), draw(chunks=2)
for name, x in ("8", whole), ("4", halves), ("2", quarters):
    print(f"chunks={name}", x.round(2))
with dask.config.set({"array.chunk-size": "32B"}):
    small = draw()
print("chunks=auto, 32 bytes a chunk", small.round(2), "128 MiB", draw().round(2))
same = (whole == halves).sum(), (whole == quarters).sum(), (halves == quarters).sum()
print("equal numbers in pairs:", *same)
sys.exit(0 if same == (4, 2, 2) and (small == halves).all() and (draw() == whole).all() else "CHANGED")
PY
/usr/bin/python3 try.py
