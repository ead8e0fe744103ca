#!/usr/bin/env bash
# Miller 6.6: of {"a": null, "b": 2} and of {"b": 2} the sum a + b is 2, the product 2, and the difference a - b also 2.
#
# A missing operand is expected to make the result missing, as an empty cell of a CSV file does in the same program, or to be an error. A
# key that is not there, and JSON's null, take no part: the other operand is the result, with its sign. A change against a baseline that was
# not measured is the measured value, an energy without its field term looks like any other, and means over rows take them. No message. What
# to do: is_present($a) && is_not_null($a) ? $a - $b : "".
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends miller=6.6.0-2+b3 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'miller' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq miller=6.6.0-2+b3 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f miller_*.deb Version | sed 's/^/miller /'
export PATH=$PWD/root/usr/bin:$PATH LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu
cat >rows.json <<'J'
{"a":5,"b":2}
{"a":null,"b":2}
{"b":2}
J
printf 'a,b\n,2\n' >row.csv
seen=$(mlr --ijson --ocsv put '$sum = $a + $b; $product = $a * $b; $difference = $a - $b' 'then' cut -o -f sum,product,difference rows.json)
empty=$(mlr --icsv --ocsv put '$difference = $a - $b' 'then' cut -f difference row.csv)
printf '%s\n' "a = 5, null and absent, b = 2:" "$seen" "an empty cell of CSV:" "$empty"
want='sum,product,difference
7,10,3
2,2,2
2,2,2'
[ "$seen" = "$want" ] && [ "$empty" = difference ] || { echo CHANGED; exit 1; }
