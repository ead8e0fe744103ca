#!/usr/bin/env bash
# R's hdf5r 1.3.8 and rhdf5 2.42: NA among whole numbers comes out of the file as -2147483648 in every other program, and as -128 or 2 among truth values.
#
# NA of doubles is a NaN and survives, so the same is expected of whole numbers. R keeps their NA as the least integer, and both packages write
# that as it is (TRUE, NA, FALSE of rhdf5: int8 1, -128, 0; of hdf5r: an enumeration with NA = 2, whose numbers are 1, 2, 0). h5py shows numbers, no
# mask; only the attribute rhdf5-NA.OK hints at it, and hdf5r writes none. And where 1:3 is an integer column and
# c(1, 2) is not, nobody chose the type. What to do: storage.mode(x) <- "double" before writing.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq r-base-core=4.2.2.20221110-2 r-cran-hdf5r=1.3.8+dfsg-1 r-bioc-rhdf5=2.42.0+dfsg-1 r-bioc-rhdf5filters r-bioc-rhdf5lib r-bioc-biocgenerics \
    r-cran-r6 r-cran-bit r-cran-bit64 libhdf5-103-1 libhdf5-hl-100 libhdf5-cpp-103-1 libaec0 libsz2 libblosc1 liblz4-1 libsnappy1v5 python3-h5py \
    python3-h5py-serial=3.7.0-8 python3-numpy liblzf1 libblas3 liblapack3 libgfortran5 libquadmath0 libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 libnghttp2-14 librtmp1 libssh2-1 libpsl5 libldap-2.5-0 libsasl2-2 libbrotli1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in r-cran-hdf5r r-bioc-rhdf5 python3-h5py-serial; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
whole <- c(1L, NA, 3L)
truth <- c(TRUE, NA, FALSE)
double <- c(1, NA, 3)
invisible(rhdf5::h5createFile("rhdf5.h5"))
for (name in c("whole", "truth", "double")) rhdf5::h5write(get(name), "rhdf5.h5", name)
file <- hdf5r::H5File$new("hdf5r.h5", "w")
for (name in c("whole", "truth", "double")) file[[name]] <- get(name)
file$close_all()
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R
cat >try.py <<'PY'
import sys
import h5py
import numpy as np
seen = {}
for writer in "rhdf5", "hdf5r":
    with h5py.File(writer + ".h5") as f:
        for name in "whole", "truth", "double":
            seen[writer, name] = f[name][1]
            print(writer, name, f[name].dtype, f[name][()].tolist(), "attributes:", list(f[name].attrs))
ok = seen["rhdf5", "whole"] == seen["hdf5r", "whole"] == -2 ** 31 and seen["rhdf5", "truth"] == -128 and seen["hdf5r", "truth"] == 2 and \
    np.isnan(seen["rhdf5", "double"]) and np.isnan(seen["hdf5r", "double"])
sys.exit(0 if ok else "CHANGED")
PY
PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages LD_LIBRARY_PATH=$lib:$lib/openblas-pthread:$lib/blas:$lib/lapack /usr/bin/python3 try.py
