#!/usr/bin/env bash
# Miller 6.6: count-similar, which adds a column to each row, gives the rows in another order: those of the first group, then those of the second.
#
# What adds a number to every row is expected to leave the rows where they are, as mlr's put, step, fraction and merge-fields do, and as a window function of SQL is used. Rows come out
# group by group: a file beside them - labels, hidden states, scores, in the order of the table - belongs to other rows from there on, with the right number of lines. A file
# that is sorted by the group, as in a first try, stays. Nothing is said. What to do: cat -n before it, sort -nf n behind.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq miller=6.6.0-2+b3 2>/dev/null
dpkg-deb -x miller_*.deb root
mlr() { root/usr/bin/mlr --icsv --ocsv --headerless-csv-output "$@"; }
root/usr/bin/mlr --version
printf 'class,row\na,1\nb,2\na,3\nb,4\na,5\n' >in.csv
similar=$(mlr count-similar -g class in.csv | tr '\n' ' ') fraction=$(mlr fraction -f row -g class "then" cut -f class,row in.csv | tr '\n' ' ')
back=$(mlr cat -n "then" count-similar -g class "then" sort -nf n "then" cut -f class,row,count in.csv | tr '\n' ' ')
echo "class, row and count by count-similar: $similar; order of fraction -g class: $fraction; sorted back: $back"
[ "$similar" = "a,1,3 a,3,3 a,5,3 b,2,2 b,4,2 " ] && [ "$fraction" = "a,1 b,2 a,3 b,4 a,5 " ] && [ "$back" = "a,1,3 b,2,2 a,3,3 b,4,2 a,5,3 " ] || { echo CHANGED; exit 1; }
