#!/usr/bin/env bash
# Whisper 1.1.4 (Graphite): a gauge that comes every five minutes into a store of one point a minute for a day and one an hour for a month has no hourly points at all; the points of the day are there.
#
# The hourly mean is expected to be the mean of what is known. An hour is kept only if half of its minutes have a value (xFilesFactor 0.5), and twelve of sixty are a fifth: after a day, when the minutes go, all is gone. The first day's graphs are complete, and so is a metric
# that comes every minute. Counters that are sent only when they change vanish alike. Nothing is said, updates succeed. What to do: xFilesFactor = 0 in storage-aggregation.conf, or a first archive with the interval at which values come.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-whisper=1.1.4-2.2 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-whisper' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-whisper=1.1.4-2.2 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-whisper_*.deb Version | sed 's/^/python3-whisper /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import time

import whisper

now = int(time.time())
known = {}
for factor in (None, 0):
    name = f"{factor}.wsp"
    whisper.create(name, [(60, 1440), (3600, 720)], xFilesFactor=factor)
    whisper.update_many(name, [(now - 300 * i, 7.0) for i in range(1, 150)])
    hours = whisper.fetch(name, now - 3 * 86400, now)[1]
    minutes = whisper.fetch(name, now - 7200, now)[1]
    known[factor] = [sum(x is not None for x in part) for part in (minutes, hours)]
    print("xFilesFactor", factor, "known of the last two hours' minutes:", known[factor][0], "of the last three days' hours:", known[factor][1])
assert known[None][1] == 0 and known[0][1] >= 11 and known[None][0] == known[0][0] > 20
PY
/usr/bin/python3 try.py 2>log || { cat log; echo "CHANGED"; exit 1; }
