#!/usr/bin/env bash
# nibabel 5.0.0: labels 0 to 7 saved with another picture's header come back as 2.99995 and 4.00005, and 300 beside 1000 as 298.04.
#
# A picture made of floats is expected to be stored as floats. Nifti1Image(data, affine, header) keeps the kind of number that the header
# names, int16 or uint8, and stretches the data over its range with a slope, as documented deep below: all values are rounded to 65536 or 256
# levels. label == 3 then finds nothing, and astype(int) makes it 2. What to do: set_data_dtype(data.dtype).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-nibabel=5.0.0-2 python3-packaging python3-pkg-resources python3-numpy=1:1.24.2-1+deb12u1 libblas3 liblapack3 \
    libopenblas0-pthread libgfortran5 libquadmath0 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-nibabel_*.deb Version | sed 's/^/python3-nibabel /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import nibabel as nib
import numpy as np
def round_trip(values, kind, told=False):
    header = nib.Nifti1Image(np.zeros((2, 2, 2), kind), np.eye(4)).header
    image = nib.Nifti1Image(np.array(values, float).reshape(2, 2, 2), np.eye(4), header)
    if told:
        image.set_data_dtype(float)
    nib.save(image, "x.nii")
    return nib.load("x.nii").get_fdata().ravel()
labels = round_trip(range(8), np.int16)
bytes_ = round_trip([0, 1, 300, 1000, 0, 0, 0, 0], np.uint8)
print("int16:", *labels.round(5), "\nuint8:", *bytes_.round(2), "\nas integers:", *labels.astype(int), "\ntold:", *round_trip(range(8), np.int16, True))
assert (labels == 3).sum() == 0 and labels.astype(int)[3] == 2 and bytes_[1] == 0 and abs(bytes_[2] - 298.04) < 0.01 and (round_trip(range(8), np.int16, True) == range(8)).all()
PY
/usr/bin/python3 try.py || { echo "CHANGED"; exit 1; }
