#!/usr/bin/env bash
# Octave 7.3: mean, sum, std, max, any and cumsum of a table of two rows of three give the three columns' values; of a table of one row they give one number, that of the row (cumsum runs along it).
#
# Means over the rows of a batch are expected to be one for each column, also where the batch has one row, as with axis=0 of numpy and colMeans of R. Without a dimension they go along the first one that is not 1: the last batch of an odd number of rows, a class with one row or a chain alone has a
# number in place of a vector, which is then spread over all columns in the next sum, so that biases and gradients get the mean of the row's units in each unit. Nothing is said, sizes fit. What to do: mean (x, 1).
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
x = [1 0 1; 0 0 1];
functions = {@mean, @sum, @std, @max, @any, @median};
sizes = cellfun (@(f) [numel(f (x)), numel(f (x(1, :)))], functions, "UniformOutput", false);
total = zeros (1, 3) + mean (x(1, :));
right = mean (x(1, :), 1);
printf ("numbers that mean, sum, std, max, any, median give of two rows and of one: %s; biases of zeros plus the mean of the row 1 0 1: %s, by mean (x, 1): %s\n", mat2str (cell2mat (sizes')'), mat2str (total, 3), mat2str (right));
exit (! (isequal (cell2mat (sizes'), repmat ([3 1], 6, 1)) && all (abs (total - 2/3) < 1e-12) && isequal (right, [1 0 1])));
M
"$(readlink -f "$(find root/usr/bin -name "octave-cli*" -type f | head -n 1)")" -q --no-init-file try.m 2>log || { echo "CHANGED"; exit 1; }
