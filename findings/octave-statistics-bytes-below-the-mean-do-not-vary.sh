#!/usr/bin/env bash
# Octave 7.3 with its package statistics 1.5.3: after pkg load statistics the standard deviation of the bytes 0 and 255 is 128, before it is 180.3; of 10, 20, 30, 40 it is 9.13 and 12.9.
#
# A package for statistics is expected to leave std of Octave as it is, or to give the same. It puts a std and a var of its own before them, which subtract the mean in the kind of the numbers: in uint8 and uint16, those of pictures and counts, what lies below the mean is 0, and half of the squares are missing, for the whole session and in
# every function called in it, as std2 of the package image. Columns are standardised by too little, and which columns depends on how skew they are. At loading a warning speaks of shadowed functions, later nothing does; doubles, as in a first try, are right. What to do: std (double (x)).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends octave=7.3.0-2 octave-common=7.3.0-2 octave-statistics=1.5.3-2 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'octave|octave-common|octave-statistics' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq octave=7.3.0-2 octave-common=7.3.0-2 octave-statistics=1.5.3-2 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in octave octave-common octave-statistics; do dpkg-deb -f "${name}"_*.deb Version | sed "s/^/$name /"; done
lib=$PWD/root/usr/lib/x86_64-linux-gnu
LD_LIBRARY_PATH=$(dirname "$(find root -name 'liboctave.so*' | head -n 1)"):$lib:$PWD/root/usr/lib:$lib/openblas-pthread:$lib/blas:$lib/lapack:$lib/hdf5/serial
export LD_LIBRARY_PATH OCTAVE_HOME=$PWD/root/usr
cat >try.m <<'M'
x = uint8 ([0 255; 10 20; 30 40]);
before = [std(x(1,:)), std(x(2:3,:)(:)), var(x(1,:))];
warning ("off", "all");
addpath ([getenv("OCTAVE_HOME") "/share/octave/packages/statistics-1.5.3"]);
after = [std(x(1,:)), std(x(2:3,:)(:)), var(x(1,:))];
doubles = [std(double (x(1,:))), std(double (x(2:3,:)(:)))];
printf ("std of 0 255: %g, of 10 20 30 40: %g, var of 0 255: %g; with the package: %g %g %g, of doubles %g %g\n", before, after, doubles);
exit (! (abs (before(1) - 180.312) < 1e-3 && isequal (after([1 3]), [128 16384]) && abs (after(2) - sqrt (250 / 3)) < 1e-9 && max (abs (doubles - before(1:2))) < 1e-9));
M
"$(readlink -f "$(find root/usr/bin -name "octave-cli*" -type f | head -n 1)")" -q --no-init-file try.m 2>log || { echo "CHANGED"; exit 1; }
