#!/usr/bin/env bash
# json-c 0.16: of the text "1e3" get_int is 1 and get_double 1000, of "12abc" 12 and 0, of true 1 and 1; "false" is true; 3000000000 is 2147483647 and 1e10 too; {"T": 1e} is T = 1, and of [0.5, 1] [2, 3] the first list is all there is.
#
# A getter for a number is expected to say that there is none, or to agree with its neighbour. Each getter converts in its own way, as far as the text goes, cuts at the ends of int, and 0 stands for what cannot be. Steps sent as "1e3" are one step, a switch sent as "false" is on,
# and what comes behind the first value, or is missing in an exponent, is not looked at. The types are all known, so nothing is said. What to do: json_object_get_type first; json_tokener_parse_ex with JSON_TOKENER_STRICT, and compare where it ended.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends libjson-c-dev=0.16-2 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'libjson-c-dev' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq libjson-c-dev=0.16-2 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f libjson-c-dev_*.deb Version | sed 's/^/libjson-c-dev /'
cat >try.c <<'C'
#include <json-c/json.h>
#include <stdio.h>

static struct json_object *read(const char *text) { return json_tokener_parse(text); }

int main(void)
{
    struct json_object *power = read("\"1e3\""), *unit = read("\"12abc\""), *off = read("\"false\""), *large = read("3000000000"), *exponent = read("1e10");
    struct json_object *cut = read("{\"T\": 1e}"), *two = read("[0.5, 1] [2, 3]"), *temperature = NULL;
    int found = json_object_object_get_ex(cut, "T", &temperature);
    printf("\"1e3\": %d and %g; \"12abc\": %d and %g; \"false\": %d; 3000000000: %d; 1e10: %d\n", json_object_get_int(power), json_object_get_double(power), json_object_get_int(unit), json_object_get_double(unit), json_object_get_boolean(off), json_object_get_int(large), json_object_get_int(exponent));
    printf("1e: %d, %g; two lists: %d numbers\n", found, json_object_get_double(temperature), (int)json_object_array_length(two));
    return !(json_object_get_int(power) == 1 && json_object_get_double(power) == 1000 && json_object_get_int(unit) == 12 && json_object_get_double(unit) == 0 && json_object_get_boolean(off) && json_object_get_int(large) == 2147483647 && json_object_get_int(exponent) == 2147483647 && found && json_object_get_double(temperature) == 1 &&
             json_object_array_length(two) == 2);
}
C
gcc -Iroot/usr/include try.c -o try root/usr/lib/x86_64-linux-gnu/libjson-c.a -lm
./try || { echo CHANGED; exit 1; }
