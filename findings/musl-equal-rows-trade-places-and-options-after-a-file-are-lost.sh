#!/usr/bin/env bash
# musl 1.2.3: a program that sorts 0/1 keys with qsort and takes "data -n 5" by getopt keeps equal rows in order and has n = 5 with glibc; linked with musl, rows with the key 1 come as 3, 1, 5, 7, and n stays 1.
#
# One source is expected to do the same in a small container as on the desk. glibc's qsort happens to be a merge sort that keeps the order of equals, musl's is not, and neither promises: ties of
# scores, nearest neighbours and batches sorted by length come in another order, so training and answers differ. getopt of musl stops at the first word that is no option, as POSIX says, and the rest is
# taken for files. Nothing is said by either. What to do: compare the row number last; options first, or getopt_long.
set -euo pipefail
command -v gcc >/dev/null || { echo "needs gcc"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq musl-dev=1.2.3-1 musl-tools=1.2.3-1 musl=1.2.3-1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in musl-dev musl-tools musl; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
cat >try.c <<'C'
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct row {
    int key, number;
};

static int compare(const void *a, const void *b) { return ((const struct row *)a)->key - ((const struct row *)b)->key; }

int main(int count, char **words)
{
    struct row rows[8];
    for (int i = 0; i < 8; i++) rows[i] = (struct row){i % 2, i};
    qsort(rows, 8, sizeof *rows, compare);
    for (int i = 0; i < 8; i++) printf("%d ", rows[i].number);
    int n = 1, option;
    while ((option = getopt(count, words, "n:")) != -1)
        if (option == 'n') n = atoi(optarg);
    printf("n=%d", n);
    return 0;
}
C
gcc -O1 try.c -o by_glibc
sed "s|/usr/lib/x86_64-linux-musl|$PWD/root/usr/lib/x86_64-linux-musl|g; s|/usr/include/x86_64-linux-musl|$PWD/root/usr/include/x86_64-linux-musl|g" root/usr/lib/x86_64-linux-musl/musl-gcc.specs >specs
gcc -O1 -specs=specs -static try.c -o by_musl
glibc=$(./by_glibc data -n 5) musl=$(./by_musl data -n 5) first=$(./by_musl -n 5 data)
printf 'glibc: %s\nmusl:  %s\nmusl, options first: %s\n' "$glibc" "$musl" "$first"
[ "$glibc" = "0 2 4 6 1 3 5 7 n=5" ] && [[ $musl == *"n=1" ]] && [ "${musl% n=*}" != "0 2 4 6 1 3 5 7" ] && [[ $first == *"n=5" ]] || { echo CHANGED; exit 1; }
