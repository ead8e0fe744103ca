#!/usr/bin/env bash
# glibc 2.36: one program with one library answers other last bits of exp, log, pow, sin, tanh, log1p and expm1 on a processor without fused multiply-add: 68 of 100000 exp, 77 pow.
#
# Bits are expected to be the program's and the library's, so that a container fixes them. libm has several versions of each of these and chooses as the program starts, by what the processor (or what of it a
# virtual machine shows) has: a chain or a training with one seed, one image and one thread goes another way on an older or a hidden processor, as soon as one of these bits decides a comparison.
# float functions of this version agree. Below the choice is made by hand, as an old processor makes it. What to do: pin GLIBC_TUNABLES on all machines, as below, or compare by tolerance.
set -euo pipefail
grep -qw fma /proc/cpuinfo && grep -qw avx2 /proc/cpuinfo || { echo "needs a processor with fused multiply-add"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq libc6=2.36-9+deb12u14 2>/dev/null
dpkg-deb -x libc6_*.deb root
dpkg-deb -f libc6_*.deb Version | sed 's/^/libc6 /'
cat >try.c <<'C'
#include <math.h>
#include <stdio.h>
int main(void)
{
    double (*one[])(double) = {exp, log, sin, tanh, log1p, expm1};
    const char *names[] = {"exp", "log", "sin", "tanh", "log1p", "expm1"};
    for (int i = 1; i <= 100000; i++) {
        double x = 0.0001 * i;
        for (int k = 0; k < 6; k++)
            printf("%s %a\n", names[k], one[k](k == 0 || k == 5 ? -x : x));
        printf("pow %a\npowf %a\nexpf %a\n", pow(x, 0.3), powf((float)x, 0.3f), expf((float)-x));
    }
    return 0;
}
C
gcc -O1 try.c -o try -lm
run() { "root/$(cd root && find . -name 'ld-linux-x86-64.so.2' | head -n 1)" --library-path root/lib/x86_64-linux-gnu ./try; }
run >new
GLIBC_TUNABLES=glibc.cpu.hwcaps=-FMA,-FMA4,-AVX2 run >old
counts=$(paste -d ' ' new old | awk '{ d[$1] += ($2 != $4) } END { for (k in d) print k, d[k] }' | sort | tr '\n' ' ')
echo "values of 100000 that differ: $counts"
cmp -s new old && { echo CHANGED; exit 1; }
[ "$counts" = "exp 68 expf 0 expm1 22 log 3 log1p 21 pow 77 powf 0 sin 77 tanh 9 " ] || { echo CHANGED; exit 1; }
