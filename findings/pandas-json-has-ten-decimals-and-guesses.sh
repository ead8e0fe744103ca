#!/usr/bin/env bash
# pandas 1.5.3: to_json writes 1e-11 as 0.0, and read_json makes the number 7 of the text "007" and dates of columns with certain names.
#
# JSON has types, so a frame is expected to survive it. to_json rounds to ten decimals - places behind the point, not
# digits: small probabilities and learning rates become 0 and their logarithms -inf. read_json tries numbers and dates on
# texts that the file marks as texts: codes lose their zeros, so that "007" and "7" are one, and numbers in columns called
# "date" or ending in "_at" and "_time" are seconds since 1970. What to do: double_precision=15 (the most there is, still
# decimals), or json.dumps; read_json(..., dtype=False, convert_dates=False).
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
small = pd.DataFrame({"p": [1e-11, 2.5e-9, 0.12345678901234567]})
written, more = small.to_json(orient="values"), small.to_json(orient="values", double_precision=15)
print("1e-11, 2.5e-9, 0.12345678901234567 ->", written, "double_precision=15 ->", more)
text = '[{"code": "007", "relaxation_time": 40000000, "t": 40000000}, {"code": "7", "relaxation_time": 50000000, "t": 50000000}]'
guessed = pd.read_json(io.StringIO(text))
told = pd.read_json(io.StringIO(text), dtype=False, convert_dates=False)
print("read_json:", guessed.astype(str).to_dict("list"))
print("told not to:", told.astype(str).to_dict("list"))
ok = written == "[[0.0],[0.0000000025],[0.123456789]]" and more.startswith("[[0.00000000001],")
ok = ok and guessed["code"].tolist() == [7, 7] and str(guessed["relaxation_time"].dtype) == "datetime64[ns]" and guessed["t"].tolist() == [40000000, 50000000]
sys.exit(0 if ok and told["code"].tolist() == ["007", "7"] and told["relaxation_time"].tolist() == [40000000, 50000000] else "CHANGED")
PY
/usr/bin/python3 try.py
