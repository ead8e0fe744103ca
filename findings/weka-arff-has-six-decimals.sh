#!/usr/bin/env bash
# Weka 3.6.14: a CSV turned into ARFF by its CSVLoader has 0 where 0.00000012 was, and 0.000001 where 0.0000014 was.
#
# Numbers of a format that is text are expected to be written so that they are read back, or with a number of digits that counts from the first. There are six decimals, whatever
# the size: probabilities of rare events, p-values and learning rates become 0 or lose all but one digit, and a logarithm of them is -inf. Large numbers look untouched, and nothing
# is said. What to do: multiply such columns before, or write ARFF elsewhere.
set -euo pipefail
command -v java >/dev/null || { echo "needs java"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq weka=3.6.14-3 cup 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f weka_*.deb Version | sed 's/^/weka /'
printf 'p,n\n0.00000012,1234567.5\n0.0000014,2\n0.5,3\n' >in.csv
java -Djava.awt.headless=true -cp "root/usr/share/java/*" weka.core.converters.CSVLoader in.csv 2>/dev/null | tee out.arff
[ "$(sed '1,/@data/d' out.arff | tr '\n' ' ' | sed 's/ *$//')" = "0,1234567.5 0.000001,2 0.5,3" ] || { echo "CHANGED"; exit 1; }
