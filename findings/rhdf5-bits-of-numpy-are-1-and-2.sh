#!/usr/bin/env bash
# R's rhdf5 2.42: bits that h5py wrote as truth values come as a factor whose numbers are 1 and 2; hdf5r 1.3.8 gives TRUE and FALSE.
#
# numpy's bool has become an enumeration FALSE = 0, TRUE = 1 in the file, and logical values, or 0 and 1, are expected of a reader. h5read makes a
# factor of it, in the shape of the matrix: as.numeric gives 2 for on and 1 for off, so that a mean of 0.25 is 1.25 and a sum of weights has those
# of off units; x == 1 is FALSE everywhere, x + 0 is NA with a warning. as.logical is right. What to do: h5read(f, name) == "TRUE", or write
# uint8.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq r-base-core=4.2.2.20221110-2 r-cran-hdf5r=1.3.8+dfsg-1 r-bioc-rhdf5=2.42.0+dfsg-1 r-bioc-rhdf5filters r-bioc-rhdf5lib r-bioc-biocgenerics \
    r-cran-r6 r-cran-bit r-cran-bit64 libhdf5-103-1 libhdf5-hl-100 libhdf5-cpp-103-1 libaec0 libsz2 libblosc1 liblz4-1 libsnappy1v5 python3-h5py \
    python3-h5py-serial=3.7.0-8 python3-numpy liblzf1 libblas3 liblapack3 libgfortran5 libquadmath0 libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 libnghttp2-14 librtmp1 libssh2-1 libpsl5 libldap-2.5-0 libsasl2-2 libbrotli1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in r-bioc-rhdf5 r-cran-hdf5r python3-h5py-serial; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
lib=$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import h5py
import numpy as np
with h5py.File("x.h5", "w") as f:
    f["bits"] = np.array([[True, False], [False, False], [False, True], [False, False]])
PY
PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages LD_LIBRARY_PATH=$lib:$lib/openblas-pthread:$lib/blas:$lib/lapack /usr/bin/python3 try.py
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
x <- rhdf5::h5read("x.h5", "bits")
y <- hdf5r::H5File$new("x.h5", "r")[["bits"]][, ]
cat("rhdf5:", class(x)[1], "of", dim(x), ", as numbers", as.numeric(x), ", mean", mean(as.numeric(x)), ", any x == 1:", any(x == 1), "; hdf5r:", typeof(y), ", mean", mean(y), "\n")
quit(status = !(is.factor(x) && all(dim(x) == c(2, 4)) && mean(as.numeric(x)) == 1.25 && !any(x == 1) && mean(x == "TRUE") == 0.25 && is.logical(y) && mean(y) == 0.25))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
