#!/usr/bin/env bash
# Octave 7.3: cov(x, y) of two columns is one number, 1.5, where Matlab, R's cov(cbind(x, y)) and numpy.cov(x, y) have a matrix of two by two; of a matrix it is a matrix.
#
# The manual's Matlab code takes the correlation from c(1,2) / sqrt(c(1,1) * c(2,2)), and is expected to run. The second argument is another set of variables here, so c is the covariance between the two
# sets, and cov(X, Y) of two tables is a block of what it is elsewhere; Octave 8 went over to the matrix. One script gives a scale, a whitening or a coupling of another size before and after an update of
# the system, and where c(1) is used, a variance instead of a covariance. Nothing is said. What to do: cov([x, y]), which is the same everywhere.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends octave=7.3.0-2 octave-common=7.3.0-2 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'octave|octave-common' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq octave=7.3.0-2 octave-common=7.3.0-2 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in octave octave-common; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
lib=$PWD/root/usr/lib/x86_64-linux-gnu
LD_LIBRARY_PATH=$(dirname "$(find root -name 'liboctave.so*' | head -n 1)"):$lib:$PWD/root/usr/lib:$lib/openblas-pthread:$lib/blas:$lib/lapack:$lib/hdf5/serial
export LD_LIBRARY_PATH OCTAVE_HOME=$PWD/root/usr
cat >try.m <<'M'
x = [1; 2; 3];
y = [1; 2; 4];
two = cov (x, y);
one = cov ([x, y]);
printf ("cov (x, y): %s, %g; cov ([x, y]): %s, %g %g; %g %g\n", mat2str (size (two)), two(1), mat2str (size (one)), one');
exit (! (isequal (size (two), [1 1]) && abs (two - 1.5) < 1e-12 && isequal (size (one), [2 2]) && abs (one(1) - 1) < 1e-12 && abs (one(1, 2) - 1.5) < 1e-12));
M
"$(readlink -f "$(find root/usr/bin -name "octave-cli*" -type f | head -n 1)")" -q --no-init-file try.m 2>log || { echo "CHANGED"; exit 1; }
