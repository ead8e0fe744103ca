#!/usr/bin/env bash
# jo 1.9: state=0101 is the number 101 and state=0x10 the number 16, model=1.10 is 1.1, id=12345678901234567890 is 1.234567890123457e+19.
#
# What looks like a JSON number is expected to become one as it stands, and the rest a text: 0101 and 0x10 are no JSON. jo takes what C's strtod takes: rows of bits lose the zeros in front, so that 0101 and 101 are the same
# state, versions the one at their end, identifiers their last digits, and hexadecimal digests that begin with 0x or look like 1e5 are numbers. A digest or version a line further down stays a text.
# Nothing is said. What to do: jo -- -s state=0101, or jq --arg.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq jo=1.9-1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f jo_*.deb Version | sed 's/^/jo /'
taken=$(root/usr/bin/jo a=0101 b=101 c=0x10 d=1.10 e=12345678901234567890 f=1e5 g=01x1)
texts=$(root/usr/bin/jo -- -s a=0101 -s d=1.10)
printf '%s\n' "$taken" "with -s: $texts"
[ "$taken" = '{"a":101,"b":101,"c":16,"d":1.1,"e":1.234567890123457e+19,"f":100000,"g":"01x1"}' ] && [ "$texts" = '{"a":"0101","d":"1.10"}' ] || { echo "CHANGED"; exit 1; }
