#!/usr/bin/env bash
# RRDtool 1.7.2: a gauge of 1, 2, 3, 4, 5, written once a minute on time, comes back as 1.33, 2.33, 3.33, 4.33.
#
# What is put in each minute is expected to come out, as long as one asks for no mean over more. A value counts for the time since the one before, and steps begin at whole minutes since 1970: a minute that begins 20 seconds late is made of two
# of them by their shares. Numbers of requests, of a queue or a state (0 or 1) become fractions, and which depends on the second at which a job was started; MAX and LAST of the same step are fractions, too.
# Written at whole minutes they come back. What to do: update with a time that is a multiple of the step.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends rrdtool=1.7.2-4+b8 librrd8=1.7.2-4+b8 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'rrdtool|librrd8' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq rrdtool=1.7.2-4+b8 librrd8=1.7.2-4+b8 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in rrdtool librrd8; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu LC_ALL=C TZ=UTC
series() {
    rm -f n.rrd
    root/usr/bin/rrdtool create n.rrd --start "$1" --step 60 DS:n:GAUGE:120:U:U RRA:"$2":0.5:1:20
    for i in 1 2 3 4 5; do root/usr/bin/rrdtool update n.rrd $(($1 + i * 60)):$i; done
    root/usr/bin/rrdtool fetch n.rrd "$2" -s "$1" -e $(($1 + 299)) | awk '/: [0-9]/ { printf "%.3f ", $2 }'
}
late=$(series 1000000000 AVERAGE) last=$(series 1000000000 LAST) whole=$(series 999999960 AVERAGE)
echo "1 to 5, a minute beginning 20 seconds late: $late; by LAST: $last; at whole minutes: $whole"
[ "$late" = "1.333 2.333 3.333 4.333 " ] && [ "$last" = "$late" ] && [ "$whole" = "1.000 2.000 3.000 4.000 5.000 " ] || { echo CHANGED; exit 1; }
