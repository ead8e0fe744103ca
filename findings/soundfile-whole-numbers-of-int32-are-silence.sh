#!/usr/bin/env bash
# python3-soundfile 0.12.1 (libsndfile 1.2.0): sf.write of 0, 700, 1400, 2100 as int32 writes four zeros, as int16 the numbers; of a file of floats 0.2, 0.6, 1, 3.7 a read as int16 gives 0, 1, 1, 4.
#
# Samples that fit 16 bits are expected in a WAV file of 16 bits, whatever their type in memory, or else an error, which int64 gives. Of int32 the upper half is taken: whole numbers up to 65535 are silence, with the length and the rate as they should be. The other way nothing is scaled:
# floats between -1 and 1, which a read as floats has right, come out as -1, 0 and 1. Nothing is said in either case. What to do: x.astype("int16") before a write; dtype="float64" at a read.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
wanted='python3-soundfile=0.12.1-1 libsndfile1=1.2.0-1+deb12u1 python3-numpy python3-cffi-backend'
# shellcheck disable=SC2086 # words wanted
missing=$(apt-get install -s --no-install-recommends $wanted 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-soundfile|libsndfile1|python3-numpy|python3-cffi-backend' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq $wanted $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in python3-soundfile libsndfile1; do dpkg-deb -f "${name}"_*.deb Version | sed "s/^/$name /"; done
cat >try.py <<'P'
import numpy
import soundfile

samples = numpy.array([0, 700, 1400, 2100])
found = []
for kind in ("int16", "int32"):
    soundfile.write("x.wav", samples.astype(kind), 8000)
    found.append(soundfile.read("x.wav", dtype="int16")[0].tolist())
try:
    soundfile.write("x.wav", samples.astype("int64"), 8000)
except ValueError:
    found.append("refused")
soundfile.write("y.wav", numpy.array([0.2, 0.6, 1.0, 3.7]), 8000, subtype="FLOAT")
found.append([soundfile.read("y.wav", dtype=kind)[0].round(6).tolist() for kind in ("float64", "int16")])
print("written as int16, int32, int64:", *found[:3], "; floats read as floats and as int16:", *found[3])
assert found == [[0, 700, 1400, 2100], [0, 0, 0, 0], "refused", [[0.2, 0.6, 1, 3.7], [0, 1, 1, 4]]]
P
lib=$PWD/root/usr/lib/x86_64-linux-gnu
LD_LIBRARY_PATH=$lib:$lib/blas:$lib/lapack PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages /usr/bin/python3 try.py || { echo "CHANGED"; exit 1; }
