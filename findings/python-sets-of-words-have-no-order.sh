#!/usr/bin/env bash
# Python 3.11: list(set(words)) has another order in each run of the program, so classes numbered by it change their numbers, with every seed set.
#
# An order that is arbitrary is expected to be one and the same for the same program and data. Texts are hashed with a secret that is drawn when
# Python starts, which random.seed and numpy's do not touch; sets of small whole numbers do not show it. A model saved by one run and
# read by the next answers "cat" for "dog". What to do: sorted(set(words)), or PYTHONHASHSEED=0 before the start.
set -euo pipefail
/usr/bin/python3 --version
number() { /usr/bin/python3 -c 'import random; random.seed(1); print(*list({"cat", "dog", "bird", "fish", "newt"}), *list({3, 1, 2}))'; }
for _ in $(seq 12); do number; done >/tmp/orders.$$
sort -u /tmp/orders.$$ | head -3
different=$(cut -d" " -f1-5 /tmp/orders.$$ | sort -u | wc -l) whole=$(cut -d" " -f6- /tmp/orders.$$ | sort -u | wc -l)
fixed=$(for _ in 1 2 3; do PYTHONHASHSEED=0 number; done | sort -u | wc -l)
rm /tmp/orders.$$
echo "12 runs: $different orders of five words, $whole of three whole numbers; with PYTHONHASHSEED=0: $fixed"
[ "$different" -gt 1 ] && [ "$whole" = 1 ] && [ "$fixed" = 1 ] || { echo "CHANGED"; exit 1; }
