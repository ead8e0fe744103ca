#!/usr/bin/env bash
# Reference BLAS 3.11, ATLAS 3.10, OpenBLAS 0.3.21 and BLIS 0.9: (NaN 1; 1 1) times (0, 1) is (1, 1) in BLIS and (NaN, 1) in the others, NaN scaled by 0 is 0 in BLIS and OpenBLAS, and the largest of 1, NaN, 5, 2 is the third there and the second here.
#
# All are one interface, which the system's alternatives or a cluster's module choose, and are expected to differ in last bits only. What a zero does with what is not a number is up to each: BLIS leaves out columns whose factor is 0 in dgemv, and
# not for the transposed matrix, nor in dgemm; dscal by 0 clears or keeps; dger with infinity and 0 is NaN in OpenBLAS alone; idamax, which pivots by it, skips NaN or stops there. A gap in the weights shows with one library and hides with
# the next. Nothing is said. What to do: look for NaN before, not in the result.
set -euo pipefail
command -v gcc >/dev/null || { echo "needs gcc"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends libblas3=3.11.0-2 libatlas3-base=3.10.3-13 libopenblas0-pthread=0.3.21+ds-4 libblis4-pthread=0.9.0-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'libblas3|libatlas3-base|libopenblas0-pthread|libblis4-pthread' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq libblas3=3.11.0-2 libatlas3-base=3.10.3-13 libopenblas0-pthread=0.3.21+ds-4 libblis4-pthread=0.9.0-1 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in libblas3 libatlas3-base libopenblas0-pthread libblis4-pthread; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
cat >try.c <<'C'
#include <math.h>
#include <stdio.h>

void dgemv_(const char *, const int *, const int *, const double *, const double *, const int *, const double *, const int *, const double *, double *, const int *);
void dscal_(const int *, const double *, double *, const int *);
void dger_(const int *, const int *, const double *, const double *, const int *, const double *, const int *, double *, const int *);
int idamax_(const int *, const double *, const int *);

static const char *word(double x) { return isnan(x) ? "NaN" : x == 0 ? "0" : x == 1 ? "1" : "other"; }

int main(void)
{
    const int two = 2, four = 4, one = 1;
    const double plus = 1, zero = 0, a[] = {NAN, 1, 1, 1}, x[] = {0, 1}, far[] = {INFINITY, 1}, list[] = {1, NAN, 5, 2};
    double y[] = {0, 0}, t[] = {0, 0}, s[] = {NAN, 1}, g[] = {0, 0, 0, 0};
    dgemv_("N", &two, &two, &plus, a, &two, x, &one, &zero, y, &one);
    dgemv_("T", &two, &two, &plus, a, &two, x, &one, &zero, t, &one);
    dscal_(&two, &zero, s, &one);
    dger_(&two, &two, &plus, far, &one, x, &one, g, &two);
    printf("dgemv %s, transposed %s, dscal %s, dger %s, idamax %d", word(y[0]), word(t[0]), word(s[0]), word(g[0]), idamax_(&four, list, &one));
    return 0;
}
C
lib=$PWD/root/usr/lib/x86_64-linux-gnu
gcc -O1 try.c -o try "$lib/blas/libblas.so.3" -lm -Wl,--allow-shlib-undefined
declare -A found
for name in blas atlas openblas-pthread blis-pthread; do
    found[$name]=$(LD_LIBRARY_PATH=$lib/$name:$lib ./try)
    printf '%-17s %s\n' "$name" "${found[$name]}"
done
[ "${found[blas]}" = "dgemv NaN, transposed NaN, dscal NaN, dger 0, idamax 3" ] && [ "${found[blis-pthread]}" = "dgemv 1, transposed NaN, dscal 0, dger 0, idamax 2" ] &&
    [ "${found[openblas-pthread]}" = "dgemv NaN, transposed NaN, dscal 0, dger NaN, idamax 2" ] && [ "${found[atlas]}" = "${found[blas]}" ] || { echo CHANGED; exit 1; }
