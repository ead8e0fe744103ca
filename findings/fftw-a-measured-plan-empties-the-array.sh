#!/usr/bin/env bash
# FFTW 3.3.10: with FFTW_MEASURE the transform of 256 ones is 0 throughout the first time and right from the second time on; with FFTW_ESTIMATE it is right.
#
# Making a plan for two arrays is expected to leave what is in them, as execute comes later. To measure, the planner runs transforms in the very arrays, and fills them with zeros before. A program that loads, plans and
# executes gets the spectrum of nothing. Made again for the same size, a plan comes from what was learnt before and touches nothing, so in a loop only the first row, picture or chain is empty, and a
# file of wisdom makes the fault go away on one machine and not on the next. Nothing is said. What to do: plan first, then fill.
set -euo pipefail
command -v gcc >/dev/null || { echo "needs gcc"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq libfftw3-dev=3.3.10-1 libfftw3-double3=3.3.10-1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in libfftw3-dev libfftw3-double3; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
cat >try.c <<'C'
#include <fftw3.h>
#include <stdio.h>

static double total(double *x, fftw_complex *y, unsigned flags)
{
    for (int i = 0; i < 256; i++) x[i] = 1;
    fftw_plan plan = fftw_plan_dft_r2c_1d(256, x, y, flags);
    fftw_execute(plan);
    fftw_destroy_plan(plan);
    return y[0][0];
}

int main(void)
{
    double *x = fftw_malloc(256 * sizeof *x);
    fftw_complex *y = fftw_malloc(256 * sizeof *y);
    double estimate = total(x, y, FFTW_ESTIMATE), first = total(x, y, FFTW_MEASURE), empty = x[0], second = total(x, y, FFTW_MEASURE);
    printf("sum of 256 ones by FFTW_ESTIMATE %g; by FFTW_MEASURE %g the first time, with %g left of the ones; the second time %g\n", estimate, first, empty, second);
    return !(estimate == 256 && first == 0 && empty == 0 && second == 256);
}
C
lib=root/usr/lib/x86_64-linux-gnu
gcc -Iroot/usr/include try.c $lib/libfftw3.so.3 -lm -o try
LD_LIBRARY_PATH=$PWD/$lib ./try || { echo CHANGED; exit 1; }
