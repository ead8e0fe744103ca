#!/usr/bin/env bash
# pandas 1.5.3 with numexpr 2.8.4: query("a % 3 == 1") leaves out the rows with negative numbers that df[df.a % 3 == 1] has.
#
# The same words are expected to mean the same in query and eval as outside. Whole numbers go to numexpr, if it is installed, whose remainder
# has the sign of the dividend, as in C: -5 % 3 is -2 there and 1 in Python. Floats have Python's sign in both, so that a column changes its
# rows by its kind, and without numexpr, or with engine="python", query answers otherwise. Nothing is said. What to do: engine="python".
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-pandas=1.5.3+dfsg-2 python3-pandas-lib python3-dateutil python3-tz python3-six python3-packaging \
    python3-pkg-resources python3-numpy libblas3 liblapack3 libopenblas0-pthread libgfortran5 libquadmath0 libgomp1 python3-numexpr=2.8.4-1+b2 \
    2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-pandas_*.deb Version | sed 's/^/python3-pandas /'
dpkg-deb -f python3-numexpr_*.deb Version | sed 's/^/python3-numexpr /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import pandas as pd
df = pd.DataFrame({"a": [-5, -4, 4, 5]})
rows = {"df[df.a % 3 == 1]": df[df.a % 3 == 1], 'query("a % 3 == 1")': df.query("a % 3 == 1"), "the same, floats": df.astype(float).query("a % 3 == 1"), 'engine="python"': df.query("a % 3 == 1", engine="python")}
for name, found in rows.items():
    print(name, found.a.tolist())
print("eval('a % 3')", df.eval("a % 3").tolist())
assert [found.a.tolist() for found in rows.values()] == [[-5, 4], [4], [-5, 4], [-5, 4]]
PY
/usr/bin/python3 try.py || { echo "CHANGED"; exit 1; }
