#!/usr/bin/env bash
# protobuf 3.21.12 (Python): a shape [2, 3] kept in a Struct comes back as [2.0, 3.0], 2^53 + 1 as another number, and an int64 is written to JSON as a text.
#
# Parameters of a request that go through google.protobuf.Struct, and messages made JSON, are expected to keep whole numbers whole. A Struct
# has doubles only: reshape(shape) then fails or is refused, an id beyond 2^53 is another id. MessageToDict gives "5" for 64-bit integers, a
# number for 32-bit ones, camelCase names, and leaves out zeros: a class 0 is absent. What to do: including_default_value_fields=True,
# preserving_proto_field_name=True, int().
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-protobuf=3.21.12-3+deb12u1 python3-six libprotobuf32 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-protobuf_*.deb Version | sed 's/^/python3-protobuf /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
from google.protobuf import descriptor_pb2, json_format, struct_pb2, type_pb2
s = struct_pb2.Struct()
s.update({"shape": [2, 3], "id": 2**53 + 1})
back = json_format.MessageToDict(s)
wide = json_format.MessageToDict(descriptor_pb2.UninterpretedOption(positive_int_value=5))
zero = json_format.MessageToDict(type_pb2.Field(name="label", number=0, oneof_index=1))
print("Struct:", back, "; uint64 5:", wide, "; number=0, oneof_index=1:", zero)
assert isinstance(back["shape"][0], float) and back == {"shape": [2, 3], "id": 2**53}
assert wide == {"positiveIntValue": "5"} and zero == {"name": "label", "oneofIndex": 1}
PY
/usr/bin/python3 try.py || { echo "CHANGED"; exit 1; }
