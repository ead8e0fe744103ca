#!/usr/bin/env bash
# SciPy 1.10.1 and Octave 7.3: bits 0, 1, 1 of numpy, saved by savemat as uint8, are 0, 1, 1 in Octave after 2 * bits - 1, where -1, 1, 1 is meant; bits / 2 are 0, 1, 1; counts 1, 2, 4 of numpy's int64 halved are 1, 1, 2. Saved as floats they are right.
#
# What is loaded from a file is expected to be numbers, as in Octave all are that are typed in. numpy's kinds come along, and arithmetic with them stays in their range and rounds: spins made of bits have no -1, so that means are positive and couplings of opposite units are those of unrelated ones; the bits themselves look and print as others do.
# Octave's manual has integer arithmetic in a chapter of its own. Nothing is said. What to do: double(bits), or savemat of astype(float).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends octave=7.3.0-2 octave-common=7.3.0-2 python3-scipy=1.10.1-2 python3-numpy 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'octave|octave-common|python3-scipy|python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq octave=7.3.0-2 octave-common=7.3.0-2 python3-scipy=1.10.1-2 python3-numpy $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in octave python3-scipy; do dpkg-deb -f "${name}"_*.deb Version | sed "s/^/$name /"; done
lib=$PWD/root/usr/lib/x86_64-linux-gnu
cat >write.py <<'P'
import numpy
from scipy.io import savemat
bits = numpy.array([[0, 1, 1]], dtype=numpy.uint8)
savemat("bits.mat", {"bits": bits, "counts": numpy.array([[1, 2, 4]]), "floats": bits.astype(float)})
P
LD_LIBRARY_PATH=$lib/openblas-pthread:$lib PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages /usr/bin/python3 write.py
cat >try.m <<'M'
load bits.mat
spins = 2 * bits - 1; half = bits / 2; halves = counts / 2; right = 2 * floats - 1; told = 2 * double (bits) - 1;
printf ("kinds: %s %s; spins: %s; half of the bits: %s; half of 1 2 4: %s; of floats: %s; of double (bits): %s; mean of spins %g, right %g\n", class (bits), class (counts), mat2str (double (spins)), mat2str (double (half)), mat2str (double (halves)), mat2str (right), mat2str (told), mean (spins), mean (right));
exit (! (isequal (spins, [0 1 1]) && isequal (half, [0 1 1]) && isequal (halves, [1 1 2]) && isequal (right, [-1 1 1]) && isequal (told, right)));
M
LD_LIBRARY_PATH=$(dirname "$(find root -name 'liboctave.so*' | head -n 1)"):$lib:$PWD/root/usr/lib:$lib/openblas-pthread:$lib/blas:$lib/lapack:$lib/hdf5/serial
export LD_LIBRARY_PATH OCTAVE_HOME=$PWD/root/usr
octave=$(readlink -f "$(find root/usr/bin -name "octave-cli*" -type f | head -n 1)")
"$octave" -q --no-init-file try.m 2>log || { cat log; echo "CHANGED"; exit 1; }
