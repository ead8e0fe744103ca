#!/usr/bin/env bash
# Python's sqlite3 with numpy 1.24.2: whole numbers out of an array are stored as eight bytes, and the sum of the column is 0.
#
# numpy.float64 is a float and arrives as a number, so numpy scalars seem to work. numpy.int64 and float32 are no int and float; sqlite3 takes
# them, having a buffer, for BLOBs, also in a column declared INTEGER. Nothing fails: count is right, sum and avg are 0, ORDER BY goes by
# bytes, WHERE x = 1 finds none. What to do: insert x.tolist(), or register_adapter(numpy.int64, int).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-numpy=1:1.24.2-1+deb12u1 libblas3 liblapack3 libopenblas0-pthread libgfortran5 libquadmath0 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-numpy_*.deb Version | sed 's/^/python3-numpy /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import sqlite3
import sys
import numpy as np
print("python", sys.version.split()[0], "sqlite", sqlite3.sqlite_version)
seen = {}
for kind in np.float64, np.int64, np.float32:
    db = sqlite3.connect(":memory:")
    db.execute("CREATE TABLE t (x %s)" % ("INTEGER" if kind is np.int64 else "REAL"))
    db.executemany("INSERT INTO t VALUES (?)", [(x,) for x in np.array([1, 2, 3], kind)])
    seen[kind.__name__] = db.execute("SELECT typeof(x), count(x), sum(x), avg(x), count(CASE WHEN x = 1 THEN 1 END) FROM t").fetchone()
    print(kind.__name__, "-> typeof, count, sum, avg, rows equal to 1:", seen[kind.__name__])
ok = seen["float64"] == ("real", 3, 6, 2, 1) and seen["int64"] == seen["float32"] == ("blob", 3, 0, 0, 0)
sys.exit(0 if ok else "CHANGED")
PY
/usr/bin/python3 try.py
