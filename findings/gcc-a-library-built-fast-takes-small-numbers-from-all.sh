#!/usr/bin/env bash
# GCC 12: loading a shared library that was linked with -ffast-math, and whose code is never called, makes 0 of all results below 2e-308 in the program that loads it.
#
# A compiler's option is expected to concern what it compiles. With -ffast-math (and -Ofast) the linker adds a start-up file that sets the processor to flush small numbers to zero, and in a shared
# library it runs when that is loaded: an import of a plug-in turns exp(-720), 2e-313, into 0 and its logarithm into -inf, for the thread that loads it and all that it starts later; weights of importance sampling, tails and x - y of
# near neighbours (x != y and x - y == 0) change. Which import did it cannot be seen. What to do: link without it what was compiled with it, as below; GCC 13 adds no such file to libraries.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
gcc=$(command -v gcc-12 || echo gcc)
"$gcc" --version | head -n 1
echo 'int version(void) { return 1; }' >plugin.c
cat >try.c <<'C'
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
int main(int count, char **names)
{
    volatile double x = -720, a = 3e-308, b = 2.9e-308;
    if (count > 1 && !dlopen(names[1], RTLD_NOW))
        return 2;
    printf("exp(-720) is %.3g, 3e-308 - 2.9e-308 is %.3g", exp(x), a - b);
    return 0;
}
C
"$gcc" -O2 try.c -o try -ldl -lm
"$gcc" -O2 -fPIC -shared plugin.c -o plain.so
"$gcc" -O2 -fPIC -shared -ffast-math plugin.c -o fast.so
"$gcc" -O2 -fPIC -ffast-math -c plugin.c -o plugin.o
"$gcc" -O2 -shared plugin.o -o mixed.so
plain=$(./try ./plain.so) fast=$(./try ./fast.so) mixed=$(./try ./mixed.so)
printf 'with a library: %s\nlinked with -ffast-math: %s\ncompiled with it, linked without: %s\n' "$plain" "$fast" "$mixed"
[ "$plain" = "$mixed" ] && [ "$fast" = "exp(-720) is 0, 3e-308 - 2.9e-308 is 0" ] && [ "$plain" != "$fast" ] || { echo CHANGED; exit 1; }
