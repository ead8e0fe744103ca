#!/usr/bin/env bash
# csvkit 1.0.7: csvstack puts b,a below a,b as it stands: the second file's b is in column a.
#
# Both files have a header, and what stacks tables of the same columns is expected to look at it: pandas.concat, rbind of data frames in R and mlr unsparsify go by
# name. The first header is kept, the others are skipped, whatever they say; a file with other names goes below as well. An export whose columns moved between two versions of a program
# gives a table of mixed columns, all numbers. No message, exit 0. What to do: csvcut -c a,b of each file first, or mlr --csv unsparsify.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq csvkit=1.0.7-1 python3-csvkit python3-agate python3-agatedbf python3-agateexcel python3-agatesql python3-babel \
    python-babel-localedata python3-dbfread python3-et-xmlfile python3-greenlet python3-isodate python3-jdcal python3-leather python3-olefile \
    python3-openpyxl python3-parsedatetime python3-pkg-resources python3-pytimeparse python3-six python3-slugify python3-sqlalchemy python3-tz \
    python3-unidecode python3-xlrd python3-importlib-metadata python3-zipp python3-more-itertools python3-typing-extensions 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f csvkit_*.deb Version | sed 's/^/csvkit /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
printf 'a,b\n1,2\n' >first.csv
printf 'b,a\n20,10\n' >second.csv
printf 'c,d\n5,6\n' >third.csv
run() {
    local tool=$1
    shift
    /usr/bin/python3 "root/usr/bin/$tool" "$@" | tr '\n' ' '
}
moved=$(run csvstack first.csv second.csv) other=$(run csvstack first.csv third.csv)
run csvcut -c a,b second.csv | tr ' ' '\n' >right.csv
right=$(run csvstack first.csv right.csv)
echo "a,b and b,a: $moved; a,b and c,d: $other; after csvcut: $right"
[ "$moved" = "a,b 1,2 20,10 " ] && [ "$other" = "a,b 1,2 5,6 " ] && [ "$right" = "a,b 1,2 10,20 " ] || { echo CHANGED; exit 1; }
