#!/usr/bin/env bash
# systemd 252: TimeoutStopSec=5M gives a service five months to stop; minutes are m, min or minutes.
#
# Beside MemoryMax=512M and in capitals as sizes are, 5M is expected to be five minutes, or to be refused. The unit loads, nothing is said, and
# a service that hangs is killed after 152 days; 1.5M is a month, two weeks and a day. Watchdogs, timers and RuntimeMaxSec read times
# the same way. What to do: write 5min, and look with systemd-analyze timespan.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends systemd=252.39-1~deb12u2 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vx systemd || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq systemd=252.39-1~deb12u2 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f systemd_*.deb Version | sed 's/^/systemd /'
LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/systemd:$PWD/root/lib/x86_64-linux-gnu/systemd:$PWD/root/lib/systemd:$PWD/root/usr/lib/x86_64-linux-gnu:$PWD/root/lib/x86_64-linux-gnu
export LD_LIBRARY_PATH
for text in 5M 5m "5 min" 1.5M; do
    root/usr/bin/systemd-analyze timespan "$text" >out
    echo "$text: $(sed -n 's/^ *Human: //p' out)"
    sed -n 's/^ *μs: //p' out >>all
done
[ "$(tr '\n' ' ' <all)" = "13149000000000 300000000 300000000 3944700000000 " ] || { echo "CHANGED"; exit 1; }
