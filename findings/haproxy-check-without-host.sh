#!/usr/bin/env bash
# HAProxy 2.6: a health check that asks in HTTP/1.1 by `http-check send` has no Host header unless one is written out.
#
# Whoever writes "ver HTTP/1.1" expects an HTTP/1.1 request, and in that version Host is mandatory (RFC 9112, 3.2): servers must
# answer 400 without one, so the check calls every healthy server down. The configuration is taken without a warning. What to do: add
# `hdr Host NAME` to the line.
set -euo pipefail
work=$(mktemp -d)
pids=
trap 'kill $pids 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq haproxy=2.6.12-1+deb12u4 liblua5.3-0 libopentracing-c-wrapper0 libopentracing1 2>/dev/null || apt-get download -qq haproxy=2.6.12-1+deb12u4 liblua5.3-0
for deb in *.deb; do dpkg-deb -x "$deb" root; done
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu
haproxy=root/usr/sbin/haproxy
"$haproxy" -v | sed -n 1p
cat >server.py <<'PY'
import socket, sys
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen(8)
print(s.getsockname()[1], flush=True)
while True:
    c, _ = s.accept()
    c.settimeout(2)
    try:
        head = c.recv(4096)
        if head:
            print(repr(head.decode("latin-1")), flush=True)
            c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    except OSError:
        pass
    c.close()
PY
ask() { # name, further words of the send line
    python3 server.py >"$1.log" &
    pids="$pids $!"
    for _ in $(seq 100); do [ -s "$1.log" ] && break; sleep 0.05; done
    port=$(head -n 1 "$1.log")
    cat >"$1.cfg" <<CFG
defaults
    mode http
    timeout connect 1s
    timeout client 1s
    timeout server 1s
frontend f
    bind unix@$PWD/$1.sock
    default_backend b
backend b
    option httpchk
    http-check send meth GET uri /ready ver HTTP/1.1 $2
    server s 127.0.0.1:$port check inter 200ms
CFG
    "$haproxy" -db -f "$1.cfg" >"$1.out" 2>&1 &
    pids="$pids $!"
    for _ in $(seq 100); do grep -q GET "$1.log" && break; sleep 0.05; done
    grep -m 1 GET "$1.log"
}
without=$(ask without "")
with=$(ask with "hdr Host example")
echo "without hdr: $without"
echo "with hdr:    $with"
case $without in *"HTTP/1.1"*) ;; *) echo "CHANGED: not HTTP/1.1"; exit 1 ;; esac
case ${without,,} in *host:*) echo "CHANGED: Host is sent"; exit 1 ;; esac
case ${with,,} in *host:*) ;; *) echo "CHANGED: hdr Host"; exit 1 ;; esac
