#!/usr/bin/env bash
# astropy 5.2.1: a picture of 64 by 64 bits as float32 in a CompImageHDU comes back as three different numbers, none of them 1, off by up to 0.02; of evenly drawn numbers in [0, 1) some come back above 1; a single 1e-6 is 0. Whole numbers come back as they were.
#
# Compression that is named after Rice is expected to lose nothing, as gzip does and as it does of whole numbers here. Floats are rounded to a sixteenth of what is taken for the noise of a row: of bits that alternate all is noise, so probabilities leave their range and tests for 0 and 1 fail, and what lies far below the noise is gone.
# A note of the class says so, behind its parameters. Nothing is said. What to do: quantize_level=0 with compression_type="GZIP_1", or uint8.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-astropy=5.2.1-2+deb12u1 python3-numpy 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-astropy|python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-astropy=5.2.1-2+deb12u1 python3-numpy $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-astropy_*.deb Version | sed 's/^/python3-astropy /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages LD_LIBRARY_PATH=$lib/openblas-pthread:$lib:$lib/blas:$lib/lapack:$PWD/root/usr/lib OPENBLAS_NUM_THREADS=1
cat >try.py <<'P'
import sys
import numpy
from astropy.io import fits

def through(x, **options):
    fits.HDUList([fits.PrimaryHDU(), fits.CompImageHDU(x, **options)]).writeto("x.fits", overwrite=True)
    with fits.open("x.fits") as file:
        return file[1].data.copy()

draws = numpy.random.default_rng(1).random((64, 64)).astype("f4")
bits = (draws > 0.5).astype("f4")
small = draws.copy()
small[5] = 0
small[5, 5] = 1e-6
small[5, 6:] = draws[5, 6:]
b, d, s = through(bits), through(draws), through(small)
exact = through(bits, compression_type="GZIP_1", quantize_level=0)
whole = through(bits.astype("u1"))
print("bits: different", numpy.unique(b).size, "largest", b.max(), "ones", int((b == 1).sum()), "of", int(bits.sum()), "off by", abs(b - bits).max(), "; draws: off by", abs(d - draws).max(), "largest", d.max(), "; 1e-6:", s[5, 5], "; GZIP_1 without rounding:", bool((exact == bits).all()), "; bytes:", bool((whole == bits).all()))
sys.exit(0 if abs(b - bits).max() > 0.01 and (b == 1).sum() == 0 and d.max() > 1 and abs(d - draws).max() > 0.01 and s[5, 5] != numpy.float32(1e-6) and (exact == bits).all() and (whole == bits).all() else 1)
P
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
