#!/usr/bin/env bash
# python-zstandard 0.20 and lz4 4.0.2 (Python): of two frames one behind the other decompress(bytes) gives the first; of a file by pzstd decompressobj() gives nothing at all; zstandard.open, lz4.frame.open and the zstd program give everything.
#
# One module is expected to read one file in one way, and gzip.decompress, bz2 and lzma do read all parts. Frames one behind the other are what an append makes, and what pzstd makes of any file: it begins with one that holds a number for readers like itself and no text, which is then the first. An empty text has no rows and
# no error; a file that was appended to is what it was at first. What is behind is not looked at. Nothing is said. What to do: zstandard.open(file), ZstdDecompressor().stream_reader(file, read_across_frames=True); lz4.frame.open.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-zstandard=0.20.0-3 python3-lz4=4.0.2+dfsg-1+b2 zstd=1.5.4+dfsg2-5 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-zstandard|python3-lz4|zstd' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-zstandard=0.20.0-3 python3-lz4=4.0.2+dfsg-1+b2 zstd=1.5.4+dfsg2-5 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-zstandard_*.deb Version | sed 's/^/python3-zstandard /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu
seq 1 1200000 >rows
root/usr/bin/pzstd -q -p 2 rows -o rows.zst
cat >try.py <<'PY'
import io

import lz4.frame
import zstandard

packed = open("rows.zst", "rb").read()
whole = zstandard.ZstdDecompressor().stream_reader(packed, read_across_frames=True).read().count(b"\n")
opened = zstandard.open("rows.zst", "rb").read().count(b"\n")
first = zstandard.ZstdDecompressor().decompressobj().decompress(packed).count(b"\n")
two = zstandard.compress(b"1\n") + zstandard.compress(b"2\n")
other = lz4.frame.compress(b"1\n") + lz4.frame.compress(b"2\n")
short = [zstandard.decompress(two), lz4.frame.decompress(other)]
long = [zstandard.open(io.BytesIO(two)).read(), lz4.frame.open(io.BytesIO(other)).read()]
print("rows of 1200000 by pzstd: decompressobj", first, "open", opened, "; of two frames 1 and 2: decompress", short, "open", long)
assert whole == opened == 1200000 and first == 0 and short == [b"1\n"] * 2 and long == [b"1\n2\n"] * 2
PY
[ "$(root/usr/bin/zstd -dc rows.zst | wc -l)" = 1200000 ]
/usr/bin/python3 try.py 2>log || { cat log; echo "CHANGED"; exit 1; }
