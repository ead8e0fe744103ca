#!/usr/bin/env bash
# tifffile 2023.2.3: of five pictures written one after the other into a TIFF file imread gives back the first, as an array of one picture.
#
# A reader is expected to return all pages of equal size, as it does for five written at once, and Pillow counts five frames. Each write, in one TiffWriter or by append=True,
# begins a "series" of its own, and imread answers series 0 alone: four of five samples or frames are in the file and in no array, and nothing is said.
# What to do: write(..., contiguous=True) or metadata=None; imread(file, key=slice(None)).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-tifffile=20230203-1 python3-pil=9.4.0-1.1+deb12u1 python3-numpy 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-tifffile|python3-pil|python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-tifffile=20230203-1 python3-pil=9.4.0-1.1+deb12u1 python3-numpy $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-tifffile_*.deb Version | sed 's/^/python3-tifffile /'
dpkg-deb -f python3-pil_*.deb Version | sed 's/^/python3-pil /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib:$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import numpy as np
import tifffile
from PIL import Image
frames = [np.full((4, 4), level, np.uint8) for level in (10, 20, 30, 40, 50)]
for frame in frames:
    tifffile.imwrite("appended.tif", frame, append=True)
def written(name, **options):
    with tifffile.TiffWriter(name) as file:
        for frame in frames:
            file.write(frame, **options)
written("loop.tif")
written("contiguous.tif", contiguous=True)
tifffile.imwrite("stack.tif", np.stack(frames))
shapes = {name: tifffile.imread(name + ".tif").shape for name in ("appended", "loop", "contiguous", "stack")}
shapes["loop, by key"] = tifffile.imread("loop.tif", key=slice(None)).shape
print("tifffile", tifffile.__version__, shapes, "; frames of loop.tif in Pillow:", Image.open("loop.tif").n_frames)
assert [len(s) for s in shapes.values()] == [2, 2, 3, 3, 3] and Image.open("loop.tif").n_frames == 5 and tifffile.imread("loop.tif").max() == 10
PY
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
