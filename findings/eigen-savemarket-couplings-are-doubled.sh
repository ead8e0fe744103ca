#!/usr/bin/env bash
# Eigen 3.4.0 and SciPy 1.10.1: a symmetric matrix with the coupling 0.5 and 3 on the diagonal, written by saveMarket(W, file, Symmetric), is read by scipy.io.mmread with 1 and 3; written without Symmetric it is read as it was.
#
# The third argument is expected to write what a symmetric Matrix Market file has, one half. It changes the first line alone: all entries are listed, and a reader mirrors each of them and adds up what comes twice. Couplings are twice as strong beside biases and the diagonal, the matrix is symmetric and has the right places.
# Eigen's own loadMarket does not mirror, so a round trip in C++ shows nothing. Nothing is said. What to do: no third argument, or saveMarket(SparseMatrix<double>(W.triangularView<Lower>()), file, Symmetric).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends libeigen3-dev=3.4.0-4 python3-scipy=1.10.1-2 python3-numpy 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'libeigen3-dev|python3-scipy|python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq libeigen3-dev=3.4.0-4 python3-scipy=1.10.1-2 python3-numpy $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f libeigen3-dev_*.deb Version | sed 's/^/libeigen3-dev /'
dpkg-deb -f python3-scipy_*.deb Version | sed 's/^/python3-scipy /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib:$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu:$PWD/root/usr/lib/x86_64-linux-gnu/blas:$PWD/root/usr/lib/x86_64-linux-gnu/lapack
cat >write.cpp <<'C'
#include <Eigen/Sparse>
#include <unsupported/Eigen/SparseExtra>

int main()
{
    Eigen::SparseMatrix<double> w(2, 2);
    w.insert(0, 0) = 3;
    w.insert(0, 1) = 0.5;
    w.insert(1, 0) = 0.5;
    Eigen::SparseMatrix<double> half = w.triangularView<Eigen::Lower>();
    return !(Eigen::saveMarket(w, "symmetric.mtx", Eigen::Symmetric) && Eigen::saveMarket(w, "plain.mtx") && Eigen::saveMarket(half, "half.mtx", Eigen::Symmetric));
}
C
g++ -w -Iroot/usr/include/eigen3 write.cpp -o write
./write
cat >read.py <<'PY'
import sys
from scipy.io import mmread

symmetric, plain, half = (mmread(name + ".mtx").toarray().tolist() for name in ("symmetric", "plain", "half"))
print("with Symmetric:", symmetric, "; without:", plain, "; the lower half with Symmetric:", half)
sys.exit(0 if symmetric == [[3, 1], [1, 0]] and plain == half == [[3, 0.5], [0.5, 0]] else "CHANGED")
PY
/usr/bin/python3 read.py
