#!/usr/bin/env bash
# OpenTURNS 1.20: Sample.ImportFromCSVFile of five rows, one with an empty cell and one with NA, gives three; a row with 1,5 or 1d3 is left out too, inf and nan are read; of a file with commas it gives the first column alone, unless "," is told.
#
# A table that cannot be read as it stands is expected to be refused, or its gaps to be missing values. Lines that do not fit are left out, so that rows no longer belong to those of a table of labels beside it, and means are those of the complete rows. With the other separator a line fits up to its first comma: the dimension is one.
# Nothing is said. What to do: count the lines and columns, or read the table with another library.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-openturns=1.20-9 python3-numpy 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-openturns|python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-openturns=1.20-9 python3-numpy $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-openturns_*.deb Version | sed 's/^/python3-openturns /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages LD_LIBRARY_PATH=$lib/openblas-pthread:$lib:$lib/blas:$lib/lapack:$PWD/root/usr/lib:$lib/hdf5/serial OPENBLAS_NUM_THREADS=1
printf 'x;y\n1;2\n3;\n5;6\n7;NA\n8;9\n' >gaps.csv
printf 'x,y\n1,2\n3,4\n' >commas.csv
printf '1;1e3\n2;1d3\n4;1,5\n5;inf\n6;nan\n' >kinds.csv
cat >try.py <<'P'
import sys
from openturns import Sample

rows = lambda *arguments: [list(row) for row in Sample.ImportFromCSVFile(*arguments)]
gaps, commas, told, kinds = rows("gaps.csv"), rows("commas.csv"), rows("commas.csv", ","), rows("kinds.csv")
print("five rows, two with gaps:", gaps, "; commas:", commas, "; with ',' told:", told, "; 1e3, 1d3, 1,5, inf, nan:", kinds)
sys.exit(0 if gaps == [[1, 2], [5, 6], [8, 9]] and commas == [[1], [3]] and told == [[1, 2], [3, 4]] and [row[0] for row in kinds] == [1, 5, 6] else 1)
P
/usr/bin/python3 try.py >out 2>messages || { cat out messages; echo "CHANGED"; exit 1; }
cat out
echo "messages: $(wc -c <messages) bytes"
[ ! -s messages ] || { cat messages; echo "CHANGED"; exit 1; }
