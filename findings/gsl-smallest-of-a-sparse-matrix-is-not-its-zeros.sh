#!/usr/bin/env bash
# GSL 2.7.1: gsl_spmatrix_minmax of a matrix of 3 by 3 with the numbers 2 and 5 and seven zeros says 2 and 5, and with -4 and -1 that -1 is the largest; gsl_matrix_minmax of the same matrix says 0 and 5, -4 and 0.
#
# One function name is expected to mean the same for both kinds. Cells that are not stored are passed over, only what is stored counts.
# Couplings scaled by their smallest and largest come out other than those of the dense matrix, and a matrix with negative couplings only seems to have no unit that is free. Nothing is said when run. What to do: compare
# gsl_spmatrix_nnz with the number of cells, and take 0 in where it is less.
set -euo pipefail
command -v gcc >/dev/null || { echo "needs gcc"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq libgsl-dev=2.7.1+dfsg-5+deb12u1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f libgsl-dev_*.deb Version | sed 's/^/libgsl-dev /'
cat >try.c <<'C'
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_spmatrix.h>
#include <stdio.h>

static void both(double first, double second, double *found)
{
    gsl_spmatrix *sparse = gsl_spmatrix_alloc(3, 3);
    gsl_matrix *dense = gsl_matrix_alloc(3, 3);
    gsl_spmatrix_set(sparse, 0, 1, first);
    gsl_spmatrix_set(sparse, 2, 0, second);
    gsl_spmatrix_sp2d(dense, sparse);
    gsl_spmatrix_minmax(sparse, found, found + 1);
    gsl_matrix_minmax(dense, found + 2, found + 3);
    printf("%g and %g: sparse from %g to %g, dense from %g to %g\n", first, second, found[0], found[1], found[2], found[3]);
}

int main(void)
{
    double up[4], down[4];
    both(2, 5, up);
    both(-4, -1, down);
    return !(up[0] == 2 && up[1] == 5 && up[2] == 0 && up[3] == 5 && down[0] == -4 && down[1] == -1 && down[3] == 0);
}
C
lib=root/usr/lib/x86_64-linux-gnu
gcc -Iroot/usr/include try.c $lib/libgsl.a $lib/libgslcblas.a -lm -o try
./try || { echo CHANGED; exit 1; }
