#!/usr/bin/env bash
# memcached 1.6.18: a counter of 100 from which 95 are taken is "5  ", with two blanks behind; decr never goes below 0, and incr of "1.5" or "-5" is an error.
#
# A number is expected to come back as its digits. decr writes into the room that the old text had and fills up with blanks: a length of a queue compared as text, made part of a key or a URL, or put into JSON as it is, is another one after it fell from 100 to 99, and the answer to decr itself shows nothing. It
# stays so until the key is set anew or grows. Where a job is given back twice the counter stands at 0 and the next one is off by one. Nothing is said. What to do: strip the text; Redis for counters that may be negative.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends memcached=1.6.18-1+deb12u1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'memcached' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq memcached=1.6.18-1+deb12u1 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f memcached_*.deb Version | sed 's/^/memcached /'
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu
root/usr/bin/memcached -u "$(id -un)" -s "$work/socket" >log 2>&1 &
server=$!
trap 'kill $server 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT
until [ -S socket ]; do sleep 0.1; done
cat >try.py <<'PY'
import socket

s = socket.socket(socket.AF_UNIX)
s.settimeout(10)
s.connect("socket")
f = s.makefile("rwb")

def ask(text, lines=1):
    f.write(text.encode() + b"\r\n")
    f.flush()
    return [f.readline().decode().rstrip("\r\n") for _ in range(lines)]

ask("set queue 0 0 3\r\n100")
answer = ask("decr queue 95")[0]
kept = ask("get queue", 3)[1]
floor = ask("decr queue 10")[0], ask("get queue", 3)[1]
ask("set rate 0 0 3\r\n1.5")
refused = ask("incr rate 1")[0]
print("100 less 95:", repr(answer), "kept as", repr(kept), "; less 10:", floor, "; 1.5 more 1:", refused)
assert answer == "5" and kept == "5  " and floor == ("0", "0  ") and refused.startswith("CLIENT_ERROR")
PY
/usr/bin/python3 try.py || { echo "CHANGED"; exit 1; }
