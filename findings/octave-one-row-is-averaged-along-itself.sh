#!/usr/bin/env bash
# Octave 7.3: mean, std, sum, sort, any and cumsum of a table with one row go along the row; of two rows and more they go down the columns.
#
# mean (X) is expected to be a row of as many numbers as X has columns. With a batch, class or cluster of one row it is a single number, and
# X - mean (X) and X ./ std (X) work all the same, as a number goes with every shape: the row is centred at its own mean, and learning
# goes on. MATLAB does the same. What to do: name the dimension, mean (X, 1), std (X, 0, 1), sort (X, 1).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends octave=7.3.0-2 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'octave|octave-common' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq octave=7.3.0-2 octave-common=7.3.0-2 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f octave_*.deb Version | sed 's/^/octave /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
LD_LIBRARY_PATH=$(dirname "$(find root -name 'liboctave.so*' | head -n 1)"):$lib:$PWD/root/usr/lib:$lib/openblas-pthread:$lib/blas:$lib/lapack
export LD_LIBRARY_PATH OCTAVE_HOME=$PWD/root/usr
cat >try.m <<'M'
two = [3 1 8; 5 1 0]; one = [3 1 8];
printf ("two rows: mean %s, sort %s; one row: mean %s, centred %s, sort %s, any %s, by column %s\n", mat2str (mean (two)), ...
        mat2str (sort (two)), mat2str (mean (one)), mat2str (one - mean (one)), mat2str (sort (one)), mat2str (any (one)), mat2str (mean (one, 1)));
ok = isequal (mean (two), [4 1 4]) && mean (one) == 4 && isequal (one - mean (one), [-1 -3 4]) && isequal (sort (one), [1 3 8]) && isscalar (any (one));
exit (! ok);
M
"$(readlink -f "$(find root/usr/bin -name "octave-cli*" -type f | head -n 1)")" -q --no-init-file try.m || { echo "CHANGED"; exit 1; }
