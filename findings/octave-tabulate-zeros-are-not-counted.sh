#!/usr/bin/env bash
# Octave 7.3 with its package statistics 1.5.3: tabulate of 0, 1, 1, 0, 1 has one line, 1 with 3 and 60 percent; of -1, 1, 1, -1, 1 it has the same one, and of 0.5 and 2.5 none for 0.5.
#
# A frequency table is expected to have a line for each value, and percents that sum to 100. The classes of tabulate begin at 1 unless edges are given, and what is below is in none of them: zeros of bits, spins that are down and the first level of counts are not there, while the percents are of all rows. The text of help
# tells of edges, not of this. Nothing is said; labels from 1 on, as in a first try, are right. What to do: tabulate (x, min (x):max (x) + 1), or accumarray of unique, as below.
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
warning ("off", "all");
addpath ([getenv("OCTAVE_HOME") "/share/octave/packages/statistics-1.5.3"]);
bits = tabulate ([0 1 1 0 1]);
spins = tabulate ([-1 1 1 -1 1]);
parts = tabulate ([0.5 2.5]);
edges = tabulate ([0 1 1 0 1], 0:2);
labels = tabulate ([1 2 2 1 2]);
[~, ~, place] = unique ([0 1 1 0 1]);
counts = accumarray (place(:), 1);
printf ("bits: %s; spins: %s; 0.5 and 2.5: %s; with edges 0:2: %s; labels 1 and 2: %s; accumarray: %s\n", mat2str (bits), mat2str (spins), mat2str (parts), mat2str (edges), mat2str (labels), mat2str (counts));
exit (! (isequal (bits(:,1:3), [1 3 60]) && isequal (spins(:,1:3), [1 3 60]) && sum (parts(:,2)) == 1 && isequal (counts, [2; 3]) && sum (labels(:,2)) == 5));
M
"$(readlink -f "$(find root/usr/bin -name "octave-cli*" -type f | head -n 1)")" -q --no-init-file try.m 2>log || { echo "CHANGED"; exit 1; }
