#!/usr/bin/env bash
# Octave 7.3: jsonencode of a matrix of one row, and of one column, is a plain list: three rows of one number are sent as one row of three.
#
# Matrices are expected to be lists of rows, as they are from two rows and columns on. A batch of one loses its outer
# brackets, which a server of rows refuses; of three rows with one column it cannot tell that they are not one row.
# jsondecode gives a column for both. NaN goes out as null, which servers take for a missing value, Inf too. What to do:
# jsonencode({x}) for one row, jsonencode(num2cell(num2cell(x), 2)) for one column.
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
x = {ones(2, 3), ones(1, 3), ones(3, 1), [1 NaN Inf]};
for i = 1:4
  found{i} = jsonencode (x{i});
  printf ("%d x %d: %s, decoded %s\n", rows (x{i}), columns (x{i}), found{i}, mat2str (size (jsondecode (found{i}))));
end
row = jsonencode ({x{2}}); column = jsonencode (num2cell (num2cell (x{3}), 2));
printf ("in cells: %s %s\n", row, column);
exit (! (isequal (found, {"[[1,1,1],[1,1,1]]", "[1,1,1]", "[1,1,1]", "[1,null,null]"}) && isequal (row, "[[1,1,1]]") && isequal (column, "[[1],[1],[1]]")))
M
"$(readlink -f "$(find root/usr/bin -name "octave-cli*" -type f | head -n 1)")" -q --no-init-file try.m 2>log || { echo "CHANGED"; exit 1; }
