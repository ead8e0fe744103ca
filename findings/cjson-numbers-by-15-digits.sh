#!/usr/bin/env bash
# cJSON 1.7.15 (Debian 12) prints a whole number below 2^53 as another one.
#
# JSON numbers that doubles hold exactly - seeds, counters, identifiers up to 2^53 - are expected to survive a parse and a print. cJSON
# prints 15 digits first and keeps them if they are "equal" to the number, but it compares with a relative tolerance of one machine
# epsilon: from about 4.5e15 on, that takes a neighbour for the number itself. Exact comparison would have printed 17 digits.
# Seen: 9007199254740991 -> 9.00719925474099e+15 (= 9007199254740990). What to do: print whole numbers yourself (cJSON_AddRawToObject).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq libcjson1=1.7.15-1+deb12u4 libcjson-dev=1.7.15-1+deb12u4 2>/dev/null || apt-get download -qq libcjson1 libcjson-dev
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f libcjson1_*.deb Version | sed 's/^/libcjson1 /'
cat >try.c <<'C'
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
int main(void)
{
    static const char *const given[] = {"4503599627370497", "9007199254740991", "7205759403792795"};
    int changed = 0, tried = 0;
    for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++) {
        cJSON *x = cJSON_Parse(given[i]);
        char *text = cJSON_PrintUnformatted(x);
        printf("%s -> %s (= %.0f)\n", given[i], text, strtod(text, NULL));
        changed += strtod(text, NULL) != strtod(given[i], NULL);
    }
    int others = 0;
    for (double x = 9007199254740991; x > 9007199254740991 - 2000; x -= 2, tried++) {
        cJSON *n = cJSON_CreateNumber(x);
        char *text = cJSON_PrintUnformatted(n);
        others += strtod(text, NULL) != x;
        free(text);
        cJSON_Delete(n);
    }
    printf("of %d odd numbers below 2^53, %d are printed as another\n", tried, others);
    return changed == 0 || others == 0;
}
C
lib=$(dirname "$(find root -name 'libcjson.so.1')")
gcc -o try try.c -Iroot/usr/include -L"$lib" -lcjson -Wl,-rpath,"$PWD/$lib"
./try || { echo "CHANGED: cJSON keeps these numbers"; exit 1; }
