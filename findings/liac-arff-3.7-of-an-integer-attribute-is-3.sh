#!/usr/bin/env bash
# liac-arff 2.5.0 and SciPy 1.10.1: of one ARFF file the column "integer" is 3, 0, 0 in the first and 3.7, -0.4, 0.9 in the second; what liac-arff writes under "INTEGER" has its fractions.
#
# An attribute that is declared integer is expected to be read as the format has it, where integer and real are both numeric (so Weka and SciPy), or a fraction in it to be refused. liac-arff cuts toward 0, and only when it reads: a table that went out with rates in a column
# declared INTEGER - as converters declare one whose first rows are whole - comes back with 0 for every rate below 1. A word there is an error, a fraction is none. What to do: replace INTEGER by NUMERIC in the header before reading.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-liac-arff=2.5.0-3 python3-scipy=1.10.1-2 python3-numpy 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-liac-arff|python3-scipy|python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-liac-arff=2.5.0-3 python3-scipy=1.10.1-2 python3-numpy $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-liac-arff_*.deb Version | sed 's/^/python3-liac-arff /'
dpkg-deb -f python3-scipy_*.deb Version | sed 's/^/python3-scipy /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib:$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu:$PWD/root/usr/lib/x86_64-linux-gnu/blas:$PWD/root/usr/lib/x86_64-linux-gnu/lapack
cat >try.py <<'PY'
import io
import sys
import arff
from scipy.io import arff as other

text = "@relation r\n@attribute x integer\n@attribute y real\n@data\n3.7,3.7\n-0.4,-0.4\n0.9,0.9\n"
liac = [row[0] for row in arff.loads(text)["data"]]
scipy = [float(v) for v in other.loadarff(io.StringIO(text))[0]["x"]]
written = arff.dumps({"relation": "r", "attributes": [("x", "INTEGER")], "data": [[3.7], [0.9]]}).split("@DATA\n")[1].split()[:2]
again = [row[0] for row in arff.loads(arff.dumps({"relation": "r", "attributes": [("x", "INTEGER")], "data": [[3.7], [0.9]]}))["data"]]
print("integer attribute, liac-arff:", liac, "SciPy:", scipy, "; written by liac-arff:", written, "read again:", again)
sys.exit(0 if liac == [3, 0, 0] and scipy == [3.7, -0.4, 0.9] and written == ["3.7", "0.9"] and again == [3, 0] else "CHANGED")
PY
/usr/bin/python3 try.py
