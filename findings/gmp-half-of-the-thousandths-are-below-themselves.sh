#!/usr/bin/env bash
# GMP 6.2.1: mpq_get_d of 7/1000 is 0.0069999999999999993 and not 0.007; of the fractions i/1000, 499 of 999 are another number than i / 1000.0.
#
# An exact fraction is expected to become the double nearest to it, as everywhere else. GMP's conversions to double (mpq_get_d, mpf_get_d, mpz_get_d) cut towards zero: exact counts divided as rational
# numbers are one unit in the last place below what the division of doubles says, for half of them, and 2^53 + 3 is 2^53 + 2. A test with == fails, and sums of such probabilities
# come out below 1. MPFR's mpfr_get_d rounds. What to do: mpfr_set_q and mpfr_get_d.
set -euo pipefail
command -v gcc >/dev/null || { echo "needs gcc"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq libgmp-dev=2:6.2.1+dfsg1-1.1 libgmp10 libmpfr-dev libmpfr6 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f libgmp-dev_*.deb Version | sed 's/^/libgmp-dev /'
cat >try.c <<'C'
#include <gmp.h>
#include <mpfr.h>
#include <stdio.h>

int main(void)
{
    int cut = 0, rounded = 0;
    mpq_t q;
    mpfr_t f;
    mpz_t z;
    mpq_init(q);
    mpfr_init2(f, 53);
    for (unsigned i = 1; i < 1000; i++) {
        mpq_set_ui(q, i, 1000);
        mpq_canonicalize(q);
        mpfr_set_q(f, q, MPFR_RNDN);
        cut += mpq_get_d(q) < i / 1000.0;
        rounded += mpfr_get_d(f, MPFR_RNDN) != i / 1000.0;
    }
    mpq_set_ui(q, 7, 1000);
    mpz_init_set_str(z, "9007199254740995", 10);
    printf("i/1000 below i / 1000.0: %d of 999 by mpq_get_d; other than it: %d by mpfr_get_d; 7/1000 is %.17g instead of %.17g; 2^53 + 3 is %.17g by GMP, %.17g by C\n", cut, rounded, mpq_get_d(q), 7 / 1000.0, mpz_get_d(z),
           (double)9007199254740995LL);
    return !(cut > 400 && cut < 600 && rounded == 0 && mpz_get_d(z) != (double)9007199254740995LL);
}
C
lib=root/usr/lib/x86_64-linux-gnu
gcc -Iroot/usr/include -Iroot/usr/include/x86_64-linux-gnu try.c $lib/libmpfr.a $lib/libgmp.a -o try
./try || { echo CHANGED; exit 1; }
