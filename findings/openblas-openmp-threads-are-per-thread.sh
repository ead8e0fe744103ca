#!/usr/bin/env bash
# In Debian's OpenMP build of OpenBLAS 0.3.21, openblas_set_num_threads(1) does not hold for other threads of the program.
#
# The call looks like a setting of the process, and in the pthread build it is one: a program sets it once, starts its workers, and each
# product stays on the thread that asked. In the OpenMP build it sets OpenMP's count of the calling thread; a thread made with
# pthread_create starts from the default again, so N workers use N x CPUs threads - and since sums are split by thread, the last bits of
# their products change with the number of CPUs. What to do: set OPENBLAS_NUM_THREADS=1 before the library is loaded, or set it in each thread.
set -euo pipefail
[ "$(nproc)" -ge 2 ] || { echo "needs two CPUs"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq libopenblas0-openmp=0.3.21+ds-4 libopenblas0-pthread=0.3.21+ds-4 libgomp1 libgfortran5 libquadmath0 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f libopenblas0-openmp_*.deb Version | sed 's/^/libopenblas0 /'
cat >try.c <<'C'
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
enum { N = 400 };
static int (*count)(void);
static void (*product)(int order, int ta, int tb, int m, int n, int k, double alpha, const double *a, int lda, const double *b,
                       int ldb, double beta, double *c, int ldc);
static double a[N * N], b[N * N], c[N * N];
static void *other(void *seen)
{
    product(101, 111, 111, N, N, N, 1, a, N, b, N, 0, c, N);
    *(int *)seen = count(); /* what that product could use */
    return NULL;
}
int main(int argc, char **argv)
{
    void *lib = dlopen(argv[1], RTLD_NOW);
    if (argc < 2 || !lib)
        return fprintf(stderr, "%s\n", dlerror()), 2;
    void (*set)(int) = (void (*)(int))dlsym(lib, "openblas_set_num_threads");
    count = (int (*)(void))dlsym(lib, "openblas_get_num_threads");
    product = (void (*)(int, int, int, int, int, int, double, const double *, int, const double *, int, double, double *, int))
        dlsym(lib, "cblas_dgemm");
    int there = 0;
    pthread_t thread;
    set(1);
    const int here = count();
    pthread_create(&thread, NULL, other, &there);
    pthread_join(thread, NULL);
    printf("%d %d\n", here, there);
    return 0;
}
C
gcc -o try try.c -ldl -pthread
lib=root/usr/lib/x86_64-linux-gnu
run() { LD_LIBRARY_PATH=$PWD/$lib/$1:$PWD/$lib env -u OPENBLAS_NUM_THREADS -u OMP_NUM_THREADS ./try "$PWD/$lib/$1/libopenblas.so.0"; }
pthread=$(run openblas-pthread) openmp=$(run openblas-openmp)
echo "threads after openblas_set_num_threads(1), here and for a product in a new thread: pthread build $pthread, OpenMP build $openmp"
[ "$pthread" = "1 1" ] || { echo "CHANGED: the pthread build"; exit 1; }
[ "${openmp%% *}" = 1 ] && [ "${openmp##* }" -gt 1 ] || { echo "CHANGED: the OpenMP build"; exit 1; }
