#!/usr/bin/env bash
# Octave 7.3: max of -3 and 2 is 2, with sqrt (-1e-20) beside them it is -3, sort puts -3 last, and y > 2 holds for it; numpy has NaN for the root, with a warning.
#
# The root of a number that rounding left a little below 0 is expected to be NaN or an error. It is 1e-10i, and makes all of the vector complex; for complex numbers largest, smallest and order go by their length, and -3 is larger than 2: the largest energy is the lowest, a mode, a maximum of a
# posterior and a threshold pick others. What is printed has "+ 0i" behind, a number taken out alone does not. log of a negative is the same. Nothing is said. What to do: sqrt (max (x, 0)), isreal () before, or realsqrt, which stops.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends octave=7.3.0-2 octave-common=7.3.0-2 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'octave|octave-common' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq octave=7.3.0-2 octave-common=7.3.0-2 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in octave octave-common; do dpkg-deb -f "${name}"_*.deb Version | sed "s/^/$name /"; done
lib=$PWD/root/usr/lib/x86_64-linux-gnu
LD_LIBRARY_PATH=$(dirname "$(find root -name 'liboctave.so*' | head -n 1)"):$lib:$PWD/root/usr/lib:$lib/openblas-pthread:$lib/blas:$lib/lapack:$lib/hdf5/serial
export LD_LIBRARY_PATH OCTAVE_HOME=$PWD/root/usr
cat >try.m <<'M'
x = [-3 2];
y = [x sqrt(-1e-20)];
order = sort (y);
larger = y > 2;
printf ("max of -3 2: %g, with the root: %g; sorted, the last: %g; isreal: %d; above 2: %d %d %d\n", max (x), real (max (y)), real (order(end)), isreal (y), larger);
exit (! (max (x) == 2 && real (max (y)) == -3 && real (order(end)) == -3 && ! isreal (y) && isequal (larger, [true false false])));
M
"$(readlink -f "$(find root/usr/bin -name "octave-cli*" -type f | head -n 1)")" -q --no-init-file try.m 2>log || { echo "CHANGED"; exit 1; }
