#!/usr/bin/env bash
# scipy 1.10.1: mmwrite of a uint8 matrix writes a field that Matrix Market does not have, "unsigned-integer", and R does not read.
#
# Bits and counts in memory are unsigned bytes, and their sparse matrix is expected to go out as "integer", as int8 does. The format's fields are
# real, double, complex, integer and pattern. Readers that check the header refuse the file; whether they
# do depends on the type that the numbers happened to have. A matrix of bool is not written at all. What to do: astype(int), or field="integer".
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq r-base-core=4.2.2.20221110-2 r-cran-matrix=1.5-3-1 r-cran-lattice python3-scipy=1.10.1-2 liblbfgsb0 python3-numpy python3-decorator libopenblas0-pthread libblas3 \
    liblapack3 libgfortran5 libquadmath0 libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in python3-scipy r-cran-matrix; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/openblas-pthread:$lib/blas:$lib/lapack
cat >try.py <<'PY'
import numpy as np
import scipy.io
import scipy.sparse
for name in "int8", "uint8":
    scipy.io.mmwrite(name + ".mtx", scipy.sparse.coo_matrix(np.array([[1, 0], [2, 3]], name)))
scipy.io.mmwrite("field.mtx", scipy.sparse.coo_matrix(np.array([[1, 0], [2, 3]], np.uint8)), field="integer")
PY
PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages /usr/bin/python3 try.py
cat >try.R <<'R'
read <- function(name) tryCatch(sum(Matrix::readMM(paste0(name, ".mtx"))), error = function(e) conditionMessage(e))
for (name in c("int8", "uint8", "field")) cat(name, "->", readLines(paste0(name, ".mtx"), 1), "-> sum in R:", read(name), "\n")
quit(status = !(identical(read("int8"), 6) && identical(read("field"), 6) && is.character(read("uint8"))))
R
"$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }
