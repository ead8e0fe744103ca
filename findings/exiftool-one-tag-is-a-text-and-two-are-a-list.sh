#!/usr/bin/env bash
# ExifTool 12.57: exiftool -j writes the tags of a picture with two of them as a list and of one with one tag as a text; the tags true and 1999 as a truth value and a number, 007 as a text; -subject=cat,dog is one tag.
#
# One field is expected to be of one kind. A program that goes over row["Subject"] gets tags of pictures with several and the letters c, a, t of those with one, and picture sets where all have several, as in a first try, hide it. Tags that look like numbers or truth values are no texts any more: 1999 and "1999" are two words
# in a count, true is True or 1. What to do: -sep "; ", with which lists are texts and words are told apart by splitting, and which divides when writing, too.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends libimage-exiftool-perl=12.57+dfsg-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'libimage-exiftool-perl' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq libimage-exiftool-perl=12.57+dfsg-1 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f libimage-exiftool-perl_*.deb Version | sed 's/^/libimage-exiftool-perl /'
export PERL5LIB=$PWD/root/usr/share/perl5
exiftool() { perl root/usr/bin/exiftool -q "$@"; }
exiftool -subject=cat one.xmp
exiftool -subject=cat -subject=1999 -subject=true -subject=007 four.xmp
exiftool -subject=1999 number.xmp
exiftool -subject=cat,dog comma.xmp
found=$(for name in one four number comma; do exiftool -j -subject $name.xmp; done | /usr/bin/python3 -c '
import json, sys
text, at, answers = sys.stdin.read(), 0, []
decoder = json.JSONDecoder()
while text[at:].strip():
    value, at = decoder.raw_decode(text, at)
    at += len(text[at:]) - len(text[at:].lstrip())
    answers.append(value[0]["Subject"])
print(answers)')
joined=$(exiftool -j -sep "; " -subject four.xmp | grep Subject | sed 's/^ *//')
echo "one tag, four tags, one tag that is a number, cat,dog: $found; with -sep: $joined"
[ "$found" = "['cat', ['cat', 1999, True, '007'], 1999, 'cat,dog']" ] && [ "$joined" = '"Subject": "cat; 1999; true; 007"' ] || { echo "CHANGED"; exit 1; }
