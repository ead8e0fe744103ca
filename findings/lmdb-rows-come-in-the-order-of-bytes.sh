#!/usr/bin/env bash
# LMDB 1.4.0 (python3-lmdb): rows stored under "0", "1", ... "11" come back as 0, 1, 10, 11, 2, ..., as keys are bytes; packed as "<I" row 256 follows row 0.
#
# A cursor gives keys in the order of their bytes, whatever was stored when. Up to ten rows it is the order of writing, so that a small try
# looks right; beyond that labels in a file of their own, or the rows of a second database with other keys, stand beside the wrong rows, and
# nothing complains. struct.pack("<I", i) as keys, as in many examples, puts row 256 behind row 0. What to do: keys of one width, "%08d" or ">I".
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-lmdb=1.4.0-1+b1 liblmdb0 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-lmdb_*.deb Version | sed 's/^/python3-lmdb /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import struct
import sys
import lmdb

def order(name, n, key):
    env = lmdb.open(name)
    with env.begin(write=True) as put:
        for i in range(n):
            put.put(key(i), struct.pack("<I", i))
    with env.begin() as get:
        return [struct.unpack("<I", value)[0] for _, value in get.cursor()]

texts = order("texts", 12, lambda i: b"%d" % i)
little = order("little", 300, lambda i: struct.pack("<I", i))
wide = order("wide", 300, lambda i: b"%08d" % i)
big = order("big", 300, lambda i: struct.pack(">I", i))
print("keys b'%d':", texts, "\nkeys '<I':", little[:4], "...\nkeys b'%08d':", wide[:4], "...\nkeys '>I':", big[:4], "...")
sys.exit(0 if texts == [0, 1, 10, 11, *range(2, 10)] and little[:4] == [0, 256, 1, 257] and wide == big == list(range(300)) else "CHANGED")
PY
/usr/bin/python3 try.py
