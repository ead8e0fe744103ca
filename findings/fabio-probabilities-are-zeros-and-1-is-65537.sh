#!/usr/bin/env bash
# FabIO 0.14.0 (Python): the floats 0.25, 0.75, -2.5 written as CBF or Bruker come back as 0, 0, -2, as PGM 0, 0, 0; the uint16 1 behind 65535 written as OXD comes back as 65537. EDF and TIFF keep them.
#
# One library with one class for each format is expected to keep numbers, or to refuse what a format cannot hold, as it does truth values in EDF. Fractions are cut off and what is outside of the kind is put at its end: images that were divided by their largest number, maps of probabilities and corrected counts are black. OXD keeps
# differences of neighbours, which are taken in uint16 before they are made wider: after each fall the rest of the row, and of the picture, is 65536 too high. The reader of CBF logs that a checksum differs, as it does with whole numbers; otherwise nothing is said. What to do: EDF, or TIFF, for floats; data.astype ("int32") before OXD.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-fabio=0.14.0+dfsg-2+b2 python3-numpy 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-fabio|python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-fabio=0.14.0+dfsg-2+b2 python3-numpy $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-fabio_*.deb Version | sed 's/^/python3-fabio /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import logging

import fabio
import numpy as np
from fabio.bruker100image import Bruker100Image
from fabio.cbfimage import CbfImage
from fabio.edfimage import EdfImage
from fabio.OXDimage import OXDimage
from fabio.pnmimage import PnmImage
from fabio.tifimage import TifImage

logging.disable(logging.WARNING)


def back(kind, name, data):
    kind(data=data).write(name)
    return fabio.open(name).data.ravel().tolist()


floats = np.array([[0.25, 0.75], [-2.5, 0]], dtype="f4")
counts = np.array([[0, 65535], [1, 40000]], dtype="u2")
found = {kind.__name__: back(kind, name, floats) for kind, name in ((CbfImage, "a.cbf"), (Bruker100Image, "a.sfrm"), (PnmImage, "a.pgm"), (EdfImage, "a.edf"), (TifImage, "a.tif"))}
oxd = [back(OXDimage, "a.img", counts), back(OXDimage, "b.img", counts.astype("i4"))]
print("0.25 0.75 -2.5 0:", found, "; OXD of uint16 0 65535 1 40000:", oxd[0], ", of int32:", oxd[1])
assert list(found.values()) == [[0, 0, -2, 0], [0, 0, -2, 0], [0, 0, 0, 0], [0.25, 0.75, -2.5, 0], [0.25, 0.75, -2.5, 0]]
assert oxd == [[0, 65535, 65537, 105536], [0, 65535, 1, 40000]]
PY
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
