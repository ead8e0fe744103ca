#!/usr/bin/env bash
# Varnish 7.1.1: an answer to GET without Cache-Control, such as a sample or a queue's length, is kept for two minutes and given to all, 404 too; 500 and POST are not kept.
#
# What says nothing of caching is expected to be asked for anew, as nginx and haproxy do. default_ttl is 120 seconds, with grace another ten: a model put under a name that was asked for too early stays missing, three
# clients that ask for a random sample get one, and a health check is healthy for two minutes more. Cookies or Authorization switch it off, so a browser logged in sees something else than curl.
# What to do: Cache-Control: no-store on whatever changes, or varnishd -t 0.
set -euo pipefail
command -v gcc >/dev/null || { echo "needs gcc"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends varnish=7.1.1-2+deb12u1 libvarnishapi3=7.1.1-2+deb12u1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'varnish|libvarnishapi3' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq varnish=7.1.1-2+deb12u1 libvarnishapi3=7.1.1-2+deb12u1 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in varnish libvarnishapi3; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
lib=$PWD/root/usr/lib/x86_64-linux-gnu
export LD_LIBRARY_PATH=$lib:$lib/varnish
cat >server.py <<'PY'
import http.server
import itertools

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    numbers = itertools.count(1)

    def do_GET(self):
        if self.command == "POST":
            self.rfile.read(int(self.headers["Content-Length"]))
        body = b"%d" % next(self.numbers)
        self.send_response({"/missing": 404, "/error": 500}.get(self.path, 200))
        self.send_header("Content-Length", str(len(body)))
        if self.path == "/told":
            self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *words):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
PY
/usr/bin/python3 server.py >origin &
server=$!
until [ -s origin ]; do sleep 0.1; done
port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
root/usr/sbin/varnishd -n "$PWD/varnish" -F -a "127.0.0.1:$port" -b "127.0.0.1:$(cat origin)" -j none -s malloc,10m -p "vmod_path=$lib/varnish/vmods" >log 2>&1 &
varnish=$!
trap 'kill $varnish $server 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT
cat >ask.py <<'PY'
import sys
import time
import urllib.error
import urllib.request

def ask(path, data=None):
    for attempt in range(100):
        try:
            return urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{sys.argv[1]}{path}", data), timeout=10).read().decode()
        except urllib.error.HTTPError as error:
            return error.read().decode()
        except OSError:
            time.sleep(0.2)
    sys.exit("no answer")

kinds = {"/sample": None, "/missing": None, "/error": None, "/told": None, "/posted": b"x"}
found = {path: len({ask(path, data) for _ in range(3)}) for path, data in kinds.items()}
for path, count in found.items():
    print(f"{path}: {count} different answers to three requests")
sys.exit(0 if list(found.values()) == [1, 1, 3, 3, 3] else "CHANGED")
PY
/usr/bin/python3 ask.py "$port"
