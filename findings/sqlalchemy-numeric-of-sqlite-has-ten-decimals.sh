#!/usr/bin/env bash
# SQLAlchemy 1.4.46 with SQLite: a column of the type Numeric gives back 0.12345678901234 as 0.1234567890 and 1e-12 as 0E-10; Float gives them back as they were, and in the file they are right.
#
# Numeric, which is for exact numbers, is expected to be at least as exact as Float. SQLite has no decimals, so numbers go there as doubles and come back as text with ten decimals: learning rates, p-values, probabilities of single states and small couplings are 0, and an
# average made by SQL of the same column, being a float, is not. One warning, once in a program, speaks of rounding errors that "may occur"; on PostgreSQL, where the program will run, there are none. What to do: Float, or Numeric(20, 15), whose
# scale counts, or asdecimal=False.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-sqlalchemy=1.4.46+ds1-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-sqlalchemy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-sqlalchemy=1.4.46+ds1-1 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-sqlalchemy_*.deb Version | sed 's/^/python3-sqlalchemy /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import sqlalchemy as sa
print("sqlalchemy", sa.__version__)
engine, tables = sa.create_engine("sqlite://"), sa.MetaData()
table = sa.Table("t", tables, sa.Column("exact", sa.Numeric), sa.Column("float", sa.Float), sa.Column("scaled", sa.Numeric(20, 15)), sa.Column("plain", sa.Numeric(asdecimal=False)))
tables.create_all(engine)
numbers = (1e-12, 0.12345678901234)
with engine.begin() as connection:
    connection.execute(table.insert(), [dict.fromkeys(("exact", "float", "scaled", "plain"), x) for x in numbers])
    found = [list(map(float, row)) for row in connection.execute(sa.select(table))]
    texts = [str(row[0]) for row in connection.execute(sa.select(table.c.exact))]
    largest = connection.execute(sa.text("SELECT min(exact) FROM t")).scalar()
print("Numeric:", texts, "; Float, Numeric(20, 15), Numeric(asdecimal=False):", [row[1:] for row in found], "; least in the file:", largest)
assert texts == ["0E-10", "0.1234567890"] and [row[1] for row in found] == list(numbers) and largest == 1e-12 and [row[3] for row in found] == list(numbers) and found[0][2] == 1e-12
PY
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
