#!/usr/bin/env bash
# jansson 2.14: json_real_value of the number 3 is 0, and json_number_value of the text "3" and of null is 0 as well.
#
# JSON has one kind of numbers, and 3 and 3.0 are expected to be one. jansson keeps apart what is written with and without a point: json_real_value
# takes 3.0 alone and answers 0 for all else, without an error; rows of whole numbers become rows of zeros, while 0.5 in the
# same row is right. What to do: json_number_value after json_is_number, or the flag JSON_DECODE_INT_AS_REAL.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq libjansson4=2.14-2 libjansson-dev=2.14-2 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f libjansson4_*.deb Version | sed 's/^/libjansson4 /'
cat >try.c <<'C'
#include <jansson.h>
int main(void)
{
    double sum = 0;
    json_t *row = json_loads("[1, 0.5, 3, 3.0, \"3\", null]", 0, NULL), *again;
    for (size_t i = 0; i < json_array_size(row); i++) {
        const json_t *x = json_array_get(row, i);
        printf("%g (%g)  ", json_real_value(x), json_number_value(x));
        sum += json_real_value(x);
    }
    again = json_loads("[1, 3]", JSON_DECODE_INT_AS_REAL, NULL);
    printf("\n[1, 0.5, 3, 3.0, \"3\", null] by json_real_value (json_number_value); with JSON_DECODE_INT_AS_REAL 3 is %g\n",
           json_real_value(json_array_get(again, 1)));
    const int ok = sum == 3.5 && json_number_value(json_array_get(row, 2)) == 3 && json_number_value(json_array_get(row, 4)) == 0;
    json_decref(row);
    json_decref(again);
    return !ok;
}
C
gcc -I root/usr/include try.c -o try root/usr/lib/x86_64-linux-gnu/libjansson.so.4
LD_LIBRARY_PATH=root/usr/lib/x86_64-linux-gnu ./try || { echo "CHANGED"; exit 1; }
