#!/usr/bin/env bash
# memcached 1.6.18: what is set to be kept for 2592000 seconds is there, what is set for 2592001 is answered with STORED and is not; decr of 10 leaves "9 ", and decr of 0 is 0.
#
# A longer time is expected to keep longer. Above thirty days the number is a time of day in seconds since 1970, and 31 days are the first of February of that year: a cache of predictions, samples or keys that is meant to hold a month or a year holds nothing, every request is computed anew, and only a
# rate of misses tells. A counter that goes from 10 to 9 is still two letters long, and below zero none goes. Nothing is said. What to do: the time of now plus the seconds, or 0 for ever.
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
cat >try.py <<'PY'
import os
import socket
import subprocess
import sys
import time
who = ["-u", "nobody"] if os.getuid() == 0 else []
os.chmod(".", 0o777)
server = subprocess.Popen(["root/usr/bin/memcached", *who, "-s", "socket", "-a", "777"], stderr=subprocess.DEVNULL)
try:
    s = socket.socket(socket.AF_UNIX)
    for attempt in range(100):
        try:
            s.connect("socket")
            break
        except OSError:
            time.sleep(0.1)
    file = s.makefile("rwb")
    def line():
        return file.readline().decode().rstrip("\r\n")
    def ask(text):
        file.write(text.encode())
        file.flush()
        return line()
    def get(key):
        if ask(f"get {key}\r\n") == "END":
            return None
        value = line()
        line()
        return value
    month, longer = ask("set a 0 2592000 1\r\n1\r\n"), ask("set b 0 2592001 1\r\n1\r\n")
    kept = [get("a"), get("b")]
    ask("set n 0 0 2\r\n10\r\n")
    nine = [ask("decr n 1\r\n"), get("n")]
    ask("set z 0 0 1\r\n0\r\n")
    zero = ask("decr z 1\r\n")
finally:
    server.terminate()
    server.wait()
print("2592000 s:", month, "then", kept[0], "; 2592001 s:", longer, "then", kept[1], "; 10 - 1:", nine, "; 0 - 1:", zero)
sys.exit(not (month == longer == "STORED" and kept == ["1", None] and nine == ["9", "9 "] and zero == "0"))
PY
/usr/bin/python3 try.py || { echo "CHANGED"; exit 1; }
