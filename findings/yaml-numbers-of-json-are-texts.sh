#!/usr/bin/env bash
# PyYAML 6.0: a number that json writes as 1e-05 is read as the text "1e-05", and 1e-3 in a file of settings is a text as well.
#
# YAML is said to hold JSON, so a file by json.dump is expected to be read alike; and a rate 1e-3 to be a number, as in YAML 1.2. YAML 1.1
# wants a point and a sign: 1.0e-3. The rate of 0.001 is a number, of 0.00001 a text, in the same file by the same program; ruamel.yaml reads
# both. 0o10 is a text, 010 eight, 12:30 is 750. What to do: write 1.0e-3, float() what is read.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-yaml=6.0-3+b2 libyaml-0-2 python3-ruamel.yaml python3-ruamel.yaml.clib 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-yaml_*.deb Version | sed 's/^/python3-yaml /'
dpkg-deb -f python3-ruamel.yaml_*.deb Version | sed 's/^/python3-ruamel.yaml /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import json
import yaml
from ruamel.yaml import YAML
text = json.dumps({"a": 0.001, "b": 0.00001, "c": 1e22})
read, other = yaml.safe_load(text), YAML(typ="safe", pure=True).load(text)
settings = yaml.safe_load("{a: 1e-3, b: 1.0e-3, c: 1E5, d: 010, e: 12:30}")
print("json:", text, "\nPyYAML:", read, "\nruamel.yaml:", other, "\nPyYAML of {a: 1e-3, b: 1.0e-3, c: 1E5, d: 010, e: 12:30}:", settings)
assert read == {"a": 0.001, "b": "1e-05", "c": "1e+22"} and other == json.loads(text) and settings == {"a": "1e-3", "b": 0.001, "c": "1E5", "d": 8, "e": 750}
PY
/usr/bin/python3 try.py || { echo "CHANGED"; exit 1; }
