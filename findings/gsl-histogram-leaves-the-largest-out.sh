#!/usr/bin/env bash
# GSL 2.7.1: a histogram made from the least to the largest value does not count the largest one; numpy's and R's do.
#
# gsl_histogram_set_ranges_uniform(h, min, max) leaves max out of its last bin, and gsl_histogram_increment answers GSL_EDOM for it, an
# answer that its examples do not look at; no error handler is called. Of 100 bits 0 and 1 the ones are all gone, of pictures the white pixels,
# and the shares add up to 1 all the same, as gsl_histogram_sum counts what is in. What to do: a range that ends above the largest value.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq libgsl-dev=2.7.1+dfsg-5+deb12u1 libgsl27=2.7.1+dfsg-5+deb12u1 libgslcblas0=2.7.1+dfsg-5+deb12u1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f libgsl27_*.deb Version | sed 's/^/libgsl27 /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.c <<'C'
#include <gsl/gsl_errno.h>
#include <gsl/gsl_histogram.h>
#include <stdio.h>
int main(void)
{
    gsl_histogram *h = gsl_histogram_alloc(2);
    int refused = 0;
    gsl_histogram_set_ranges_uniform(h, 0, 1);
    for (int i = 0; i < 100; i++)
        refused += gsl_histogram_increment(h, i < 60 ? 0 : 1) == GSL_EDOM;
    printf("60 zeros and 40 ones in 2 bins from 0 to 1: %g and %g, sum %g, refused %d\n", gsl_histogram_get(h, 0),
           gsl_histogram_get(h, 1), gsl_histogram_sum(h), refused);
    const int ok = gsl_histogram_get(h, 0) == 60 && gsl_histogram_get(h, 1) == 0 && refused == 40;
    gsl_histogram_free(h);
    return !ok;
}
C
gcc -I root/usr/include try.c -o try "$lib"/libgsl.so.27 "$lib"/libgslcblas.so.0 -lm
LD_LIBRARY_PATH=$lib ./try || { echo "CHANGED"; exit 1; }
