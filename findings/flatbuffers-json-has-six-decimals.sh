#!/usr/bin/env bash
# FlatBuffers 2.0.8: flatc --json prints the floats 0.0000001 and 0.1234567 as 0.0 and 0.123457, doubles of 1e-13 as 0.0, and leaves out whole numbers that are 0.
#
# JSON made of a buffer is expected to make the same buffer again. Floats are printed with six digits behind the point and doubles with twelve, without exponents: a rate of 1e-7 is 0.0, and large numbers get digits that mean
# nothing, small ones none. Numbers that are the schema's default are not stored at all unless forced, so a reader that asks whether there is a value finds none. flatc says nothing. What to do:
# read the buffer with the generated code; --defaults-json and "force_defaults".
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends flatbuffers-compiler=2.0.8+dfsg1-2 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'flatbuffers-compiler' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq flatbuffers-compiler=2.0.8+dfsg1-2 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f flatbuffers-compiler_*.deb Version | sed 's/^/flatbuffers-compiler /'
cat >t.fbs <<'F'
table Row { rate:float; weight:float; small:double; count:int; other:int; }
root_type Row;
F
flatc() { LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu root/usr/bin/flatc "$@"; }
echo '{"rate": 0.0000001, "weight": 0.1234567, "small": 0.0000000000001, "count": 0, "other": 3}' >row.json
flatc -b t.fbs row.json && cp row.bin first.bin && cat row.json
rm row.json && flatc --json --raw-binary --strict-json t.fbs -- row.bin && tr -d '\n' <row.json && echo
flatc -b t.fbs row.json
cmp -s row.bin first.bin && same=yes || same=no
echo "the same buffer from that JSON: $same"
[ "$same" = no ] && [ "$(tr -d ' \n' <row.json)" = '{"rate":0.0,"weight":0.123457,"small":0.0,"other":3}' ] || { echo CHANGED; exit 1; }
