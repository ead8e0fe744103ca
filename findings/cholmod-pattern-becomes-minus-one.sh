#!/usr/bin/env bash
# SuiteSparse 5.12 (CHOLMOD 3.0.14): a symmetric pattern read from a Matrix Market file has -1 where its entries are, an unsymmetric one 1.
#
# A "pattern" file holds places without values, and 1 is what stands there elsewhere (as in scipy). cholmod_read_sparse
# makes a positive definite matrix of it instead: off the diagonal -1, on it, where the file has it, the number of neighbours plus 1. The sign
# of every coupling of a graph is turned, only because its file lists each edge once; the same graph in a "general" file keeps it.
# What to do: write the ones out.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq libcholmod3=1:5.12.0+dfsg-2 libsuitesparse-dev=1:5.12.0+dfsg-2 libsuitesparseconfig5=1:5.12.0+dfsg-2 libamd2 libcolamd2 libccolamd2 \
    libcamd2 libmetis5 libblas3 liblapack3 libgfortran5 libquadmath0 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f libcholmod3_*.deb Version | sed 's/^/libcholmod3 /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.c <<'C'
#include <stdio.h>
#include <string.h>
#include <suitesparse/cholmod.h>
static int becomes(const char *kind, const double expected[9])
{
    cholmod_common c;
    cholmod_start(&c);
    FILE *f = fopen("x.mtx", "w+");
    fprintf(f, "%%%%MatrixMarket matrix coordinate pattern %s\n3 3 3\n1 1\n2 1\n3 2\n", kind);
    rewind(f);
    cholmod_sparse *a = cholmod_read_sparse(f, &c);
    fclose(f);
    cholmod_dense *x = cholmod_sparse_to_dense(a, &c);
    const double *cell = x->x;
    printf("%s: entries (1,1), (2,1), (3,2) become\n", kind);
    for (int i = 0; i < 3; i++)
        printf("%4g %4g %4g\n", cell[i], cell[i + 3], cell[i + 6]);
    int equal = memcmp(cell, expected, 9 * sizeof(double)) == 0;
    cholmod_free_dense(&x, &c);
    cholmod_free_sparse(&a, &c);
    cholmod_finish(&c);
    return equal;
}
int main(void)
{
    const double symmetric[9] = {2, -1, 0, -1, 0, -1, 0, -1, 0}, general[9] = {1, 1, 0, 0, 0, 1, 0, 0, 0};
    int ok = becomes("symmetric", symmetric);
    return !(becomes("general", general) && ok);
}
C
export LD_LIBRARY_PATH=$lib:$lib/blas:$lib/lapack
gcc -o try try.c -Iroot/usr/include "$lib/libcholmod.so.3" -Wl,--unresolved-symbols=ignore-in-shared-libs
./try || { echo "CHANGED"; exit 1; }
