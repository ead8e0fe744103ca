#!/usr/bin/env bash
# Armadillo 11.4.2: of a file of coordinates with the lines 0 1 0.5, 0 1 0.25, 1 1 x and 2 2 load(coord_ascii) makes a matrix of 3 by 3 with 0.25 alone, and says true.
#
# Coordinates that come twice are expected to be added up, as in scipy, Eigen and R, or refused, and a line with a word or without a number to be an error. The last line of a place counts, a word and nothing are 0, units are counted from 0, so that a list counted from 1 has an empty unit 0 more.
# The call returns true throughout. What to do: write "row column value" with a program that adds up first; compare n_nonzero with the number of lines.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends libarmadillo-dev=1:11.4.2+dfsg-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'libarmadillo-dev' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq libarmadillo-dev=1:11.4.2+dfsg-1 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f libarmadillo-dev_*.deb Version | sed 's/^/libarmadillo-dev /'
cat >try.cpp <<'C'
#define ARMA_DONT_USE_WRAPPER
#define ARMA_DONT_USE_BLAS
#define ARMA_DONT_USE_LAPACK
#include <armadillo>
#include <cstdio>
#include <fstream>

int main()
{
    std::ofstream("list.txt") << "0 1 0.5\n0 1 0.25\n1 1 x\n2 2\n";
    arma::sp_mat list;
    bool good = list.load("list.txt", arma::coord_ascii);
    std::printf("load: %d, %d x %d with %d number, %g at (0, 1)\n", good, int(list.n_rows), int(list.n_cols), int(list.n_nonzero), double(list(0, 1)));
    return !(good && list.n_rows == 3 && list.n_cols == 3 && list.n_nonzero == 1 && double(list(0, 1)) == 0.25);
}
C
g++ -O0 -w -Iroot/usr/include -Iroot/usr/include/x86_64-linux-gnu try.cpp -o try 2>/dev/null
./try || { echo CHANGED; exit 1; }
