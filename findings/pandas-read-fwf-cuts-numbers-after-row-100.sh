#!/usr/bin/env bash
# pandas 1.5.3: read_fwf looks at the first hundred lines for where columns end; longer numbers further down are cut, 12345 is 1.
#
# A table in columns of fixed width is expected to be read whole, or to fail, where a line does not fit. The widths are those of the widest
# cells among the first lines: a counter n that grows, 0 to 9 at first, loses its last digits, a column that is right-aligned its first. Cut
# numbers are numbers; nothing is said. What to do: colspecs or widths, infer_nrows, or sep=r"\s+".
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-pandas=1.5.3+dfsg-2 python3-pandas-lib python3-dateutil python3-tz python3-six python3-packaging \
    python3-pkg-resources python3-numpy libblas3 liblapack3 libopenblas0-pthread libgfortran5 libquadmath0 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-pandas_*.deb Version | sed 's/^/python3-pandas /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import io
import pandas as pd
lines = ["id n"] + ["%-2d %d" % (i % 90, i % 10) for i in range(120)] + ["12 12345", "13 77"]
text = "\n".join(lines) + "\n"
cut, whole, blanks = pd.read_fwf(io.StringIO(text)), pd.read_fwf(io.StringIO(text), infer_nrows=1000), pd.read_csv(io.StringIO(text), sep=r"\s+")
print("last lines", lines[-2:], "\nread_fwf", cut["n"].tolist()[-2:], "with infer_nrows", whole["n"].tolist()[-2:], "read_csv", blanks["n"].tolist()[-2:])
assert cut["n"].tolist()[-2:] == [1, 7] and whole["n"].tolist()[-2:] == [12345, 77] == blanks["n"].tolist()[-2:]
PY
/usr/bin/python3 try.py || { echo "CHANGED"; exit 1; }
