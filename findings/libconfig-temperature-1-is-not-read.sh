#!/usr/bin/env bash
# libconfig 1.5 (C): config_lookup_float of temperature = 1 is false and leaves the variable as it was, config_lookup_int of steps = 20.0 as well; 3000000000 is -1294967296, by config_lookup_int64, too.
#
# A whole number is expected to be a number where a float is asked for, as in JSON, TOML or INI readers. Kinds must be the same, and most programs do not look at the answer, as a setting may be missing: the default stays, 1 and 1.0 are different files, and a run has not the temperature that its
# settings say. A number without L at its end has 32 bits, whoever asks, and wraps. Only reading tells, by false, nothing in the file is refused. What to do: config_set_auto_convert(&config, 1), 1.0, and 3000000000L.
set -euo pipefail
command -v gcc >/dev/null || { echo "needs gcc"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq libconfig-dev=1.5-0.4 libconfig9=1.5-0.4 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f libconfig9_*.deb Version | sed 's/^/libconfig9 /'
cat >try.c <<'C'
#include <libconfig.h>
#include <stdio.h>

int main(void)
{
    config_t config;
    double before = 7, after = 7;
    int steps = 5, fine, whole, again, read;
    long long seed = 0, marked = 0;
    config_init(&config);
    read = config_read_string(&config, "temperature = 1; steps = 20.0; seed = 3000000000; marked = 3000000000L;");
    fine = config_lookup_float(&config, "temperature", &before);
    whole = config_lookup_int(&config, "steps", &steps);
    config_lookup_int64(&config, "seed", &seed);
    config_lookup_int64(&config, "marked", &marked);
    config_set_auto_convert(&config, 1);
    again = config_lookup_float(&config, "temperature", &after);
    printf("temperature = 1 over a default of 7: %g (%d), steps = 20.0 over 5: %d (%d), 3000000000: %lld, 3000000000L: %lld; with auto_convert %g (%d)\n", before, fine, steps, whole, seed, marked, after, again);
    config_destroy(&config);
    return !(read && !fine && before == 7 && !whole && steps == 5 && seed == -1294967296 && marked == 3000000000 && again && after == 1);
}
C
lib=$PWD/root/usr/lib/x86_64-linux-gnu
gcc -Iroot/usr/include try.c -L"$lib" -Wl,-rpath,"$lib" -l:libconfig.so.9 -o try
./try || { echo "CHANGED"; exit 1; }
