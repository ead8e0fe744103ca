#!/usr/bin/env bash
# tablib 3.4.0 (Python): of the JSON rows {"a": 1, "b": 2} and {"b": 3, "a": 4} the second one has a = 3 and b = 4; of {"b": 3, "c": 4} too. stack() of two tables goes by position as well.
#
# An object's values are expected to be found by their names, whose order means nothing in JSON. The names of the first row are taken for the columns, and the values of each other row as they come: rows from another program, or another version of one, have their columns exchanged, and a row
# that leaves one name out and has another has its values under names that it does not have; only a row of another length is refused. The same from YAML. Nothing is said; rows of one writer, as in a first try, are right. What to do: sort the names, as below.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-tablib=3.4.0-1 python3-yaml libyaml-0-2 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-tablib_*.deb Version | sed 's/^/python3-tablib /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import json

import tablib


def rows(text, kind="json"):
    return [dict(row) for row in tablib.Dataset().load(text, format=kind).dict]


turned, other = '[{"a": 1, "b": 2}, {"b": 3, "a": 4}]', '[{"a": 1, "b": 2}, {"b": 3, "c": 4}]'
stacked = [dict(row) for row in tablib.Dataset([1, 2], headers=["a", "b"]).stack(tablib.Dataset([3, 4], headers=["b", "a"])).dict]
sorted_names = rows(json.dumps([dict(sorted(row.items())) for row in json.loads(turned)]))
wrong = [{"a": 1, "b": 2}, {"a": 3, "b": 4}]
found = [rows(turned), rows(other), rows("- {a: 1, b: 2}\n- {b: 3, a: 4}\n", "yaml"), stacked]
print("turned round:", found[0], "; another name:", found[1], "; YAML:", found[2], "; stack:", stacked, "; with sorted names:", sorted_names)
assert found == [wrong] * 4 and sorted_names == json.loads(turned)
PY
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
