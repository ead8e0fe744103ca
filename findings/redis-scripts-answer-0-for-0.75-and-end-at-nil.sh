#!/usr/bin/env bash
# Redis 7.0: EVAL "return 0.75" is 0, "return -0.5" too, {0.9, 0.1, 7} is 0, 0, 7 and {1, nil, 3} a list of one; tostring(0.1 + 0.2) is 0.3, and {rate = 0.5} an empty list. Commands outside scripts keep fractions.
#
# A script in the store is expected to answer what it computed. Lua's numbers become whole ones on the way out, cut towards zero, a table ends at its first nil, and what has names is left out: rates, probabilities and scores computed where the data lies are all 0, a row with a
# missing cell ends there. Counts and sums, of which scripts are made first, are right. Texts of numbers have fourteen digits. Nothing is said. What to do: string.format("%.17g", x), and false for what is missing.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends redis-server=5:7.0.15-1~deb12u10 redis-tools=5:7.0.15-1~deb12u10 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'redis-server|redis-tools' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq redis-server=5:7.0.15-1~deb12u10 redis-tools=5:7.0.15-1~deb12u10 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in redis-server redis-tools; do dpkg-deb -f "${name}"_*.deb Version | sed "s/^/$name /"; done
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu
root/usr/bin/redis-server --port 0 --unixsocket "$PWD/socket" --save "" --daemonize no >log 2>&1 &
server=$!
trap 'kill $server 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT
for _ in $(seq 100); do [ -S socket ] && break; sleep 0.1; done
ask() { root/usr/bin/redis-cli -s socket "$@" | paste -sd ' '; }
script() { ask eval "$1" 0; }
found="$(script 'return 0.75')|$(script 'return -0.5')|$(script 'return {0.9, 0.1, 7}')|$(script 'return {1, nil, 3}')|$(script 'return {rate = 0.5}')|$(script 'return tostring(0.1 + 0.2)')|$(script 'return string.format("%.17g", 0.75)')|$(ask incrbyfloat x 0.75)"
echo "0.75, -0.5, {0.9, 0.1, 7}, {1, nil, 3}, {rate = 0.5}, tostring(0.1 + 0.2), format of 0.75, INCRBYFLOAT: $found"
[ "$found" = "0|0|0 0 7|1||0.3|0.75|0.75" ] || { echo "CHANGED"; exit 1; }
