#!/usr/bin/env bash
# Octave 7.3 with its package nan 3.7.0: after pkg load nan the mean of 1, NaN, 3 is 2 and std is 1.41, for the whole session and every function called in it; cov, norm and + still give NaN.
#
# A package is expected to bring functions of its own, as nanmean of the statistics package, and to leave mean alone. It puts its own mean, std, var, meansq, center and others before the built-in ones: a column with a gap, a chain that went to NaN or a loss that burst has a mean like any other, a check such as
# isnan (mean (x)) never holds, and the same script says NaN on a machine where the package is not loaded. At loading a dozen warnings speak of shadowed functions, later nothing does. What to do: nanmean, or pkg unload nan
# after use.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends octave=7.3.0-2 octave-common=7.3.0-2 octave-nan=3.7.0-3 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'octave|octave-common|octave-nan' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq octave=7.3.0-2 octave-common=7.3.0-2 octave-nan=3.7.0-3 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in octave octave-common octave-nan; do dpkg-deb -f "${name}"_*.deb Version | sed "s/^/$name /"; done
lib=$PWD/root/usr/lib/x86_64-linux-gnu
LD_LIBRARY_PATH=$(dirname "$(find root -name 'liboctave.so*' | head -n 1)"):$lib:$PWD/root/usr/lib:$lib/openblas-pthread:$lib/blas:$lib/lapack:$lib/hdf5/serial
export LD_LIBRARY_PATH OCTAVE_HOME=$PWD/root/usr
cat >try.m <<'M'
x = [1 NaN 3];
before = [mean(x), std(x)];
warning ("off", "all");
addpath (genpath ([getenv("OCTAVE_HOME") "/share/octave/packages/nan-3.7.0"]));
after = [mean(x), std(x), mean([1 1; 2 NaN])];
still = [norm(x), x(1) + x(2)];
printf ("mean and std of 1 NaN 3: %g %g; with the package: %g %g, columns of 1 1; 2 NaN: %g %g; norm and sum of two: %g %g\n", before, after, still);
exit (! (all (isnan ([before still])) && isequal (after([1 3 4]), [2 1.5 1]) && abs (after(2) - sqrt (2)) < 1e-12));
M
"$(readlink -f "$(find root/usr/bin -name "octave-cli*" -type f | head -n 1)")" -q --no-init-file try.m 2>log || { echo "CHANGED"; exit 1; }
