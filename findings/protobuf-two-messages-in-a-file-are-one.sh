#!/usr/bin/env bash
# protobuf 3.21.12 (Python): of two messages written one behind the other, with the rows 1, 2 and 3, 4, 5, ParseFromString makes one with the row 1, 2, 3, 4, 5; of 1.5 and 2.5 the number 2.5; no bytes at all are a message, too.
#
# Two messages in a file or a buffer are expected to be an error, or to give the first, as of JSON. The wire format has neither length nor end, and what comes twice is merged: lists are joined, numbers are the last, messages inside are merged in turn. A log to
# which each run adds its message is read as one run with a row twice as long; weights whose file was written twice, with append instead of truncate, have twice as many; an empty file is a machine with nothing in it. Nothing is said, in any language. What to do:
# write lengths before (writeDelimitedTo in Java, SerializeDelimitedToOstream in C++), and check the counts.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-protobuf=3.21.12-3+deb12u1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-protobuf' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-protobuf=3.21.12-3+deb12u1 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-protobuf_*.deb Version | sed 's/^/python3-protobuf /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
from google.protobuf import __version__
from google.protobuf.struct_pb2 import ListValue
from google.protobuf.wrappers_pb2 import DoubleValue
print("protobuf", __version__)
def row(*numbers):
    message = ListValue()
    message.extend(numbers)
    return message.SerializeToString()
joined = list(ListValue.FromString(row(1, 2) + row(3, 4, 5)))
last = DoubleValue.FromString(DoubleValue(value=1.5).SerializeToString() + DoubleValue(value=2.5).SerializeToString()).value
empty = list(ListValue.FromString(b""))
print("rows 1 2 and 3 4 5:", joined, "; 1.5 and 2.5:", last, "; no bytes:", empty)
assert joined == [1, 2, 3, 4, 5] and last == 2.5 and empty == []
PY
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
