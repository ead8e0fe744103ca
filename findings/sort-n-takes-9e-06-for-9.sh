#!/usr/bin/env bash
# GNU coreutils 9.1: sort -n takes 9e-06 for 9, and cut -f3,1 gives column 1 before column 3.
#
# The least free energies, p-values or weights of a table are expected first. -n reads digits and a point and stops at the e, so that 3e-07 is 3 and
# stands among the largest; printf and numpy write small numbers just so. cut takes -f3,1 for a set of columns: the order in which they are
# named means nothing, and a header written for 3,1 stands over the wrong ones. Neither is said. What to do: sort -g; awk '{ print $3, $1 }'.
set -euo pipefail
sort --version | sed -n 1p
numbers=$(printf '%s\n' 0.5 3e-07 2 9e-06 | LC_ALL=C sort -n | tr '\n' ' ')
general=$(printf '%s\n' 0.5 3e-07 2 9e-06 | LC_ALL=C sort -g | tr '\n' ' ')
columns=$(printf 'a\tb\tc\n' | cut -f3,1 | tr '\t' ' ')
echo "sort -n: $numbers  sort -g: $general  cut -f3,1 of a b c: $columns"
[ "$numbers" = "0.5 2 3e-07 9e-06 " ] && [ "$general" = "3e-07 9e-06 0.5 2 " ] && [ "$columns" = "a c" ] || { echo "CHANGED"; exit 1; }
