#!/usr/bin/env bash
# csvkit 1.0.7: csvsort rewrites cells that it only had to move: 0/1 columns become False/True, 007 becomes 7, t becomes True.
#
# csvsort guesses a type for each column and writes the typed value, and truth value is the first guess: a column of nothing but 0 and 1 is
# one. csvcut, of the same package, leaves the text alone. Bits sorted on the way no longer look like those a
# model was trained on, and codes with leading zeros merge. What to do: --no-inference.
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
printf '%s\n' id,bit,flag 008,1,f 007,0,t >table.csv
run() {
    local tool=$1
    shift
    /usr/bin/python3 "root/usr/bin/$tool" "$@"
}
for way in csvcut "csvsort -c id" "csvsort -c id --no-inference"; do
    echo "$way"
    run $way table.csv | tee last | sed 's/^/  /'
    case $way in
    csvcut) [ "$(cat last)" = "$(cat table.csv)" ] || { echo CHANGED; exit 1; } ;;
    *no-inference) [ "$(cat last)" = "$(printf '%s\n' id,bit,flag 007,0,t 008,1,f)" ] || { echo CHANGED; exit 1; } ;;
    *) [ "$(cat last)" = "$(printf '%s\n' id,bit,flag 7,False,True 8,True,False)" ] || { echo CHANGED; exit 1; } ;;
    esac
done
