#!/usr/bin/env bash
# GCC 12: with -O2 -march=haswell (or native, x86-64-v3) a * d - b * c of two equal rows is not 0, and in half of the cases below 0, so that its root is NaN; with -O2 it is 0.
#
# x * y - y * x is expected to be 0: both products are rounded alike. Where the processor has fused multiply-add, GCC joins one product with the subtraction, by default and without -ffast-math
# (-ffp-contract=fast); that product is no longer rounded, and the rest is the other's rounding error. A discriminant, a variance, a determinant or a test for collinear rows that was 0 on the build machine is
# -1e-17 on a build for the machine at hand, and training with one seed has other bits. -std=c11 has no such joining, -std=gnu17, the default, has. No warning. What to do: -ffp-contract=off.
set -euo pipefail
grep -qw fma /proc/cpuinfo || { echo "needs a processor with fused multiply-add"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
gcc=$(command -v gcc-12 || echo gcc)
"$gcc" --version | head -n 1
cat >try.c <<'C'
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
__attribute__((noinline)) static double determinant(double a, double b, double c, double d) { return a * d - b * c; }
int main(void)
{
    int other = 0, nan = 0;
    srand(1);
    for (int i = 0; i < 1000; i++) {
        double a = rand() / (double)RAND_MAX, b = rand() / (double)RAND_MAX, d = determinant(a, b, a, b);
        other += d != 0;
        nan += isnan(sqrt(d));
    }
    printf("%d not 0, %d roots NaN", other, nan);
    return 0;
}
C
build() { "$gcc" "$@" try.c -o try -lm && ./try; }
plain=$(build -O2) march=$(build -O2 -march=haswell) iso=$(build -O2 -march=haswell -std=c11) off=$(build -O2 -march=haswell -ffp-contract=off)
echo "determinants of 1000 pairs of equal rows: -O2: $plain; -O2 -march=haswell: $march; with -std=c11: $iso; with -ffp-contract=off: $off"
[ "$plain" = "0 not 0, 0 roots NaN" ] && [ "$march" != "$plain" ] && [ "${march##*, }" != "0 roots NaN" ] && [ "$iso" = "$plain" ] && [ "$off" = "$plain" ] || { echo CHANGED; exit 1; }
