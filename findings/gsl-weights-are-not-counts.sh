#!/usr/bin/env bash
# GSL 2.7.1: gsl_stats_wvariance of 0 and 1 with the weights 90 and 10 is 0.5; gsl_stats_variance of ninety zeros and ten ones is 0.091. The weighted mean is 0.1 both times, and with weights 0.9 and 0.1 the variance is 0.5 as well.
#
# A row with the weight 10 is expected to count as ten rows. Weights are those of precision here, 1 / sigma^2, of which only the proportions matter, and the divisor is made so that two numbers are two numbers, however heavy: rows of a table that were put together with their counts, states with the numbers
# of visits or a histogram have a variance that is several times too large, the more so the fewer different rows there are. For bits, which have two, it is far off, for weights that are all 1 it is right. Nothing is said. What to do: gsl_stats_wvariance_with_fixed_mean, times N / (N - 1).
set -euo pipefail
command -v gcc >/dev/null || { echo "needs gcc"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq libgsl-dev=2.7.1+dfsg-5+deb12u1 libgsl27=2.7.1+dfsg-5+deb12u1 libgslcblas0=2.7.1+dfsg-5+deb12u1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in libgsl-dev libgsl27 libgslcblas0; do dpkg-deb -f "${name}"_*.deb Version | sed "s/^/$name /"; done
cat >try.c <<'C'
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdio.h>

int main(void)
{
    double x[] = {0, 1}, counts[] = {90, 10}, shares[] = {0.9, 0.1}, rows[100], ones[100];
    for (int i = 0; i < 100; i++) {
        rows[i] = i >= 90;
        ones[i] = 1;
    }
    double mean = gsl_stats_wmean(counts, 1, x, 1, 2), weighted = gsl_stats_wvariance(counts, 1, x, 1, 2), share = gsl_stats_wvariance(shares, 1, x, 1, 2);
    double plain = gsl_stats_variance(rows, 1, 100), each = gsl_stats_wvariance(ones, 1, rows, 1, 100), fixed = gsl_stats_wvariance_with_fixed_mean(counts, 1, x, 1, 2, mean) * 100 / 99;
    printf("mean %g; variance by counts %g, by shares %g; of the hundred rows %g, with weights 1 %g; by a fixed mean, times 100 / 99: %g\n", mean, weighted, share, plain, each, fixed);
    return !(fabs(mean - 0.1) < 1e-12 && fabs(weighted - 0.5) < 1e-12 && fabs(share - 0.5) < 1e-12 && fabs(plain - 1 / 11.0) < 1e-12 && fabs(each - plain) < 1e-12 && fabs(fixed - plain) < 1e-12);
}
C
lib=$PWD/root/usr/lib/x86_64-linux-gnu
gcc -Iroot/usr/include try.c -L"$lib" -lgsl -lgslcblas -lm -o try
LD_LIBRARY_PATH=$lib ./try || { echo "CHANGED"; exit 1; }
