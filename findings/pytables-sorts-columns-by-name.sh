#!/usr/bin/env bash
# PyTables 3.7.0: the columns of a new table stand in the order of the alphabet, not in that of their description; rows appended as tuples land there.
#
# A description is a dictionary or a class, which keep their order in Python, and append takes tuples by place. Where all
# columns have one type - readings, probabilities - values go into each other's columns without an error: below,
# temperatures are stored as pressures. Reading the table back shows rows as they were given, so that a look at a few of
# them finds nothing; only access by name does. What to do: pos=0, 1, ... in each column.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-tables=3.7.0-5 python3-tables-lib python3-numexpr python3-packaging liblzo2-2 libbz2-1.0 libblosc1 liblz4-1 \
    libsnappy1v5 libzstd1 python3-numpy libblas3 liblapack3 libopenblas0-pthread libgfortran5 libquadmath0 libgomp1 libhdf5-103-1 libhdf5-hl-100 \
    libaec0 libsz2 libcurl4 libnghttp2-14 librtmp1 libssh2-1 libpsl5 libldap-2.5-0 libsasl2-2 libbrotli1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-tables_*.deb Version | sed 's/^/python3-tables /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import sys
import warnings
import tables
warnings.simplefilter("error")

class Reading(tables.IsDescription):
    temperature = tables.Float64Col()
    pressure = tables.Float64Col()

class Placed(tables.IsDescription):
    temperature = tables.Float64Col(pos=0)
    pressure = tables.Float64Col(pos=1)

as_dictionary = {"temperature": tables.Float64Col(), "pressure": tables.Float64Col()}
seen = []
with tables.open_file("x.h5", "w") as f:
    for name, description in ("reading", Reading), ("dictionary", as_dictionary), ("placed", Placed):
        table = f.create_table("/", name, description)
        table.append([(20.0, 1013.0), (21.0, 1009.0)])
        seen.append(table.col("temperature").tolist())
        print(f"{name:10} row 0 {table[0]}, columns {table.colnames}, temperatures {seen[-1]}")
sys.exit(0 if seen == [[1013, 1009], [1013, 1009], [20, 21]] else "CHANGED")
PY
/usr/bin/python3 try.py
