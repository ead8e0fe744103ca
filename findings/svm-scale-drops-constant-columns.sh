#!/usr/bin/env bash
# svm-scale of libsvm 3.24: a column that has one value throughout leaves the file, whatever the value, and so does every cell that scales to zero.
#
# With its default range -1 to 1 a constant column cannot be stretched and is not written; with -l 0 -u 1 each column's least value goes too,
# being zero. Nothing tells. If the last columns are constant the matrix that is read back has fewer columns, and a column that is constant in
# training but not in the test file has no place in the scaling at all. What to do: name the number of features when reading.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq libsvm-tools=3.24+ds-6 libsvm3 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f libsvm-tools_*.deb Version | sed 's/^/libsvm-tools /'
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu
printf '%s\n' '1 1:5 2:3 3:1 4:7' '-1 1:5 2:1 3:2 4:7' >rows.svm
svm_scale() { root/usr/bin/svm-scale "$@" | sed 's/ *$//'; }
echo "rows:"; cat rows.svm
echo "default:"; svm_scale rows.svm | tee default.svm
echo "-l 0 -u 1:"; svm_scale -l 0 -u 1 rows.svm | tee zero.svm
[ "$(cat default.svm)" = "$(printf '%s\n' '1 2:1 3:-1' '-1 2:-1 3:1')" ] || { echo CHANGED; exit 1; }
[ "$(cat zero.svm)" = "$(printf '%s\n' '1 2:1' '-1 3:1')" ] || { echo CHANGED; exit 1; }
