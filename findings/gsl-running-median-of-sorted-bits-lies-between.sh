#!/usr/bin/env bash
# GSL 2.7.1: gsl_rstat_median of 400 zeros and then 600 ones is 0.54, of 600 ones and then 400 zeros 0.81, of a zero and a one by turns 0.33, instead of 1, 1 and 0.5; the mean beside it is exact.
#
# The running statistics are expected to give the median, as they give the mean. It is an estimate by five markers that are moved along a parabola (P2), made for measured numbers that come in no order: of bits, counts and grey levels it is a number that
# never occurred, and sorted data, or a series that changes once, move it further. Nothing in the name says so. What to do: gsl_stats_median of an array, or count the levels.
set -euo pipefail
command -v gcc >/dev/null || { echo "needs gcc"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq libgsl-dev=2.7.1+dfsg-5+deb12u1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f libgsl-dev_*.deb Version | sed 's/^/libgsl-dev /'
cat >try.c <<'C'
#include <gsl/gsl_rstat.h>
#include <gsl/gsl_statistics.h>
#include <stdio.h>

static double median(const char *name, int (*bit)(int))
{
    double x[1000];
    gsl_rstat_workspace *running = gsl_rstat_alloc();
    for (int i = 0; i < 1000; i++) gsl_rstat_add(x[i] = bit(i), running);
    double mean = gsl_rstat_mean(running), found = gsl_rstat_median(running), exact = gsl_stats_median(x, 1, 1000);
    printf("%s: mean %g, running median %.4f, median %g\n", name, mean, found, exact);
    gsl_rstat_free(running);
    return found;
}

static int zeros_first(int i) { return i >= 400; }
static int ones_first(int i) { return i < 600; }
static int by_turns(int i) { return i % 2; }

int main(void)
{
    double a = median("400 zeros, then 600 ones", zeros_first), b = median("600 ones, then 400 zeros", ones_first), c = median("0 and 1 by turns", by_turns);
    return !(a < 0.9 && b < 0.9 && c < 0.4);
}
C
lib=root/usr/lib/x86_64-linux-gnu
gcc -Iroot/usr/include try.c $lib/libgsl.a $lib/libgslcblas.a -lm -o try
./try || { echo CHANGED; exit 1; }
