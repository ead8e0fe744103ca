#!/usr/bin/env bash
# pandas 1.5.3: where each line but the header ends in a comma, the first column becomes the index and every name stands over the column next to its own.
#
# Some loggers and spreadsheet macros end lines so. An extra, empty cell is expected at the end of a row; read_csv takes a
# row with one cell more than the header for one that begins with its own name, as R writes them. Names and numbers fit in
# count, df["a"] holds b, the last column is NaN, and there is no warning. R's read.csv does the same (fread of data.table
# warns). What to do: index_col=False - which also drops a surplus cell that is not empty.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-pandas=1.5.3+dfsg-2 python3-pandas-lib python3-dateutil python3-tz python3-six python3-numpy libblas3 \
    liblapack3 libopenblas0-pthread libgfortran5 libquadmath0 libgomp1 python3-packaging python3-pkg-resources 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-pandas_*.deb Version | sed 's/^/python3-pandas /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import io
import sys
import warnings
import pandas as pd
warnings.simplefilter("error")
text = "a,b,c\n1,2,3,\n4,5,6,\n"
read, told = pd.read_csv(io.StringIO(text)), pd.read_csv(io.StringIO(text), index_col=False)
surplus = pd.read_csv(io.StringIO("a,b\n1,2,3\n4,5,6\n"))
print(text)
print("read_csv:", read.to_dict("list"), "index", list(read.index))
print("with index_col=False:", told.to_dict("list"))
print("a,b over 1,2,3 and 4,5,6:", surplus.to_dict("list"), "index", list(surplus.index))
ok = read["a"].tolist() == [2, 5] and read["b"].tolist() == [3, 6] and read["c"].isna().all() and told["a"].tolist() == [1, 4]
sys.exit(0 if ok and surplus["a"].tolist() == [2, 5] else "CHANGED")
PY
/usr/bin/python3 try.py
