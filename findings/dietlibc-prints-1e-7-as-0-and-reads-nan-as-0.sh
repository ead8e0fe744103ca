#!/usr/bin/env bash
# dietlibc 0.34: printf("%g", 1e-7) is 0, "%.0f" of 0.5 is 1, strtod of nan, inf and 0x1p-2 is 0, and of 10000 numbers written with %.17g more than 6000 are others when read.
#
# A C library is expected to print and read doubles to the last digit, as glibc and musl do. This one, for small static programs, makes the digits by arithmetic in double: they are wrong from the 16th or 17th on,
# %g never takes an exponent for small numbers, halves are rounded away, and what strtod does not know is 0 without an error. Weights written and read are not those trained, small probabilities are printed
# as 0, missing values become numbers. What to do: musl for small static programs.
set -euo pipefail
command -v gcc >/dev/null || { echo "needs gcc"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq dietlibc-dev=0.34~cvs20160606-14 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f dietlibc-dev_*.deb Version | sed 's/^/dietlibc-dev /'
cat >try.c <<'C'
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    int other = 0;
    unsigned long long state = 1;
    for (int i = 0; i < 10000; i++) {
        char text[64];
        state = state * 6364136223846793005ULL + 1442695040888963407ULL;
        double x = (double)(state >> 11) / 9007199254740992.0;
        sprintf(text, "%.17g", x);
        other += strtod(text, 0) != x;
    }
    printf("1e-7: %g; 0.5: %.0f; nan: %g; inf: %g; 0x1p-2: %g; ", 1e-7, 0.5, strtod("nan", 0), strtod("inf", 0), strtod("0x1p-2", 0));
    printf("%d of 10000 do not come back\n", other);
    return 0;
}
C
diet=root/usr/lib/x86_64-linux-gnu/diet
gcc -O1 try.c -o by_glibc
gcc -O1 -nostdinc -isystem $diet/include -isystem root/usr/include/diet -isystem "$(gcc -print-file-name=include)" -D__dietlibc__ -fno-stack-protector -fno-pie -c try.c -o try.o
gcc -nostdlib -static -no-pie -o by_diet $diet/lib-x86_64/start.o try.o $diet/lib-x86_64/libc.a -lgcc $diet/lib-x86_64/libc.a 2>/dev/null
glibc=$(./by_glibc) diet=$(./by_diet)
printf 'glibc:    %s\ndietlibc: %s\n' "$glibc" "$diet"
other=${diet##*; }
[[ $diet == "1e-7: 0; 0.5: 1; nan: 0; inf: 0; 0x1p-2: 0; "* ]] && [ "${other%% *}" -gt 5000 ] && [[ $glibc == *"; 0 of 10000 do not come back" ]] || { echo CHANGED; exit 1; }
