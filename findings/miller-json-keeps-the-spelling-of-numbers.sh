#!/usr/bin/env bash
# Miller 6.6: --ojson writes what CSV cells hold as numbers without quotes and as they were spelt: .5, 5. and 0x1F, which no JSON parser takes.
#
# A converter to JSON is expected to write JSON. Miller keeps a number's text "as is" so that nothing is lost, and JSON has no number that
# begins or ends with a point, none in hexadecimal. bc and the writeMM of R's Matrix write .5; the converted file is refused
# by the server, at the first row that has such a number and not before. Quoted are 007, +5 and 1_000, which so become text in a column of
# numbers. What to do: put with $x = fmtnum($x, "%.17g") for these columns.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq miller=6.6.0-2+b3 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
root/usr/bin/mlr --version
printf 'x\n0.5\n.5\n5.\n0x1F\n+5\n' >x.csv
root/usr/bin/mlr --icsv --ojsonl cat x.csv >x.jsonl
# shellcheck disable=SC2016 # Miller's names, not the shell's
root/usr/bin/mlr --icsv --ojsonl put '$x = fmtnum($x, "%.17g")' x.csv >fmt.jsonl
cat >try.py <<'PY'
import json
import sys
seen = []
for line in open("x.jsonl"):
    try:
        seen.append(type(json.loads(line)["x"]).__name__)
    except ValueError:
        seen.append("refused")
    print(line.strip(), "->", seen[-1])
print(open("fmt.jsonl").read())
sys.exit(0 if seen == ["float", "refused", "refused", "refused", "str"] else "CHANGED")
PY
/usr/bin/python3 try.py
