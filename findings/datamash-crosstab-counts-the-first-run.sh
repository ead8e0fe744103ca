#!/usr/bin/env bash
# GNU datamash 1.7: crosstab of lines that are not sorted counts, for each pair, the first run of equal lines only; of five lines "a x" it may say 1.
#
# A contingency table is expected to count lines wherever they stand, or to refuse an order that it cannot take. Without -s a group ends with each change of line, and a later group of the
# same pair is dropped, as the cell is taken: predicted and true labels in the order of the rows give a confusion matrix of ones, whose total is far below the number of lines. sums and means by crosstab are
# those of the first run in the same way. groupby without -s at least prints the group twice. Nothing is said, exit is 0. What to do: -s, always.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq datamash=1.7-2 2>/dev/null
dpkg-deb -x datamash_*.deb root
root/usr/bin/datamash --version | head -n 1
for i in $(seq 200); do echo "$((i % 3 == 0 ? 1 : 0)),$((i % 4 == 0 ? 1 : 0))"; done >labels.csv
plain=$(root/usr/bin/datamash -t, crosstab 1,2 <labels.csv | tr "\n" " ") sorted=$(root/usr/bin/datamash -t, -s crosstab 1,2 <labels.csv | tr "\n" " ")
sums=$(printf 'a,x,1\na,y,2\na,x,4\n' | root/usr/bin/datamash -t, crosstab 1,2 sum 3 | tail -n 1)
echo "200 pairs of labels, as they come: $plain; with -s: $sorted; a sum over 1 and 4 with another pair between: $sums"
[ "$plain" = ",0,1 0,2,1 1,1,1 " ] && [ "$sorted" = ",0,1 0,100,34 1,50,16 " ] && [ "$sums" = "a,1,2" ] || { echo CHANGED; exit 1; }
