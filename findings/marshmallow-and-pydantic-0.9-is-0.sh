#!/usr/bin/env bash
# marshmallow 3.18 and pydantic 1.10.4: a body's list [0.9, 1.5] for a field of whole numbers is [0, 1] in both, marshmallow's dumps sends [0, 1] as an answer too, and its Integer(strict=True) refuses 1.0; Union[int, float] of pydantic makes 0 of 0.75, Union[float, int] another number of 2^53 + 1.
#
# A schema that says whole numbers is expected to refuse fractions, as jsonschema's "integer" does, which takes 1.0. Both convert by int(), where a state or a row of probabilities becomes one of zeros, and is scored as such. The way out in marshmallow refuses what other languages send for 1 (1.0); a
# union that says "a number of either kind" takes the first kind that can be had by force. Nothing is said. What to do: conint(strict=True), StrictInt or smart_union in pydantic; Float() and a check of x == int(x) in marshmallow.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-marshmallow=3.18.0-1 python3-pydantic=1.10.4-1+deb12u1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-marshmallow|python3-pydantic' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-marshmallow=3.18.0-1 python3-pydantic=1.10.4-1+deb12u1 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-marshmallow_*.deb Version | sed 's/^/python3-marshmallow /'
dpkg-deb -f python3-pydantic_*.deb Version | sed 's/^/python3-pydantic /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib:$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu:$PWD/root/usr/lib/x86_64-linux-gnu/blas:$PWD/root/usr/lib/x86_64-linux-gnu/lapack
cat >try.py <<'PY'
import sys
from typing import List, Union
import marshmallow
import pydantic


class Schema(marshmallow.Schema):
    row = marshmallow.fields.List(marshmallow.fields.Integer())
    strict = marshmallow.fields.Integer(strict=True)


class Model(pydantic.BaseModel):
    row: List[int] = []
    number: Union[int, float] = 0
    other: Union[float, int] = 0


def refused(load):
    try:
        load()
    except marshmallow.ValidationError:
        return True
    return False


taken, sent = Schema().load({"row": [0.9, 1.5]})["row"], Schema().dumps({"row": [0.9, 1.5]})
strict = refused(lambda: Schema().load({"strict": 1.0}))
row, number, other = Model(row=[0.9, 1.5]).row, Model(number=0.75).number, Model(other=2**53 + 1).other
print("marshmallow: [0.9, 1.5] taken as", taken, "sent as", sent, "; 1.0 refused if strict:", strict)
print("pydantic: [0.9, 1.5] taken as", row, "; Union[int, float] of 0.75:", number, "; Union[float, int] of 2^53 + 1:", int(other))
sys.exit(0 if taken == row == [0, 1] and sent == '{"row": [0, 1]}' and strict and number == 0 and other == 2**53 else "CHANGED")
PY
/usr/bin/python3 try.py
