#!/usr/bin/env bash
# Octave 7.3 and h5py 3.7: 0:5 saved with -hdf5 is read as the three numbers 0, 5, 1, [0 1 2 3 4 5] as six numbers; true is read as 1.0, a text as a column of numbers, and a table with its rows as columns.
#
# A vector is expected to be in the file as its numbers, however it was made. A range is kept as base, limit and increment, and saved so, as one record: numbers of units, a grid of temperatures, time. Once a cell of it was set or a number
# added, it is written as numbers, so a script works until somebody takes that line away. Octave itself reads all of it back, as it was. Nothing is said.
# What to do: set a cell, x(1) = x(1), before saving; transpose in numpy.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends octave=7.3.0-2 octave-common=7.3.0-2 python3-h5py-serial=3.7.0-8 python3-h5py 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'octave|octave-common|python3-h5py-serial|python3-h5py' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq octave=7.3.0-2 octave-common=7.3.0-2 python3-h5py-serial=3.7.0-8 python3-h5py $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in octave octave-common python3-h5py-serial; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
lib=$PWD/root/usr/lib/x86_64-linux-gnu
LD_LIBRARY_PATH=$(dirname "$(find root -name 'liboctave.so*' | head -n 1)"):$lib:$PWD/root/usr/lib:$lib/openblas-pthread:$lib/blas:$lib/lapack:$lib/hdf5/serial
export LD_LIBRARY_PATH OCTAVE_HOME=$PWD/root/usr
cat >try.m <<'M'
range = 0:5;
list = [0 1 2 3 4 5];
touched = 0:5;
touched(1) = touched(1);
shifted = (0:5) + 1;
truth = true;
text = "abc";
table = [1 2 3; 4 5 6];
save -hdf5 x.h5 range list touched shifted truth text table
M
"$(readlink -f "$(find root/usr/bin -name "octave-cli*" -type f | head -n 1)")" -q --no-init-file try.m 2>log || true
cat >try.py <<'PY'
import sys
import h5py
found = {}
with h5py.File("x.h5") as file:
    for name in file:
        found[name] = file[name]["value"][()]
        print(f"{name:8}", found[name].dtype, found[name].ravel().tolist(), found[name].shape)
ok = found["range"].shape == () and tuple(found["range"]) == (0, 5, 1) and found["list"].size == 6 and found["touched"].size == 6
sys.exit(0 if ok and found["table"].shape == (3, 2) and found["truth"].dtype.kind == "f" and found["text"].dtype.kind == "i" else "CHANGED")
PY
PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages /usr/bin/python3 try.py
