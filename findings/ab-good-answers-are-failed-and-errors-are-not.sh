#!/usr/bin/env bash
# ApacheBench 2.3 (2.4.71): of 20 answers with 200 whose lengths differ 19 are "failed", of 20 with 500 and one length none.
#
# A failed request is expected to be one without a good answer. Failed means here: another length than the first answer had. A model that answers with numbers of one digit more, or a sample, fails by that, and a server that
# refuses each request alike has no failures and a rate like never before; the line "Non-2xx responses" is there only if there were some. What to do: ab -l for the lengths, and look for Non-2xx.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends apache2-utils=2.4.71-1~deb12u1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'apache2-utils' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq apache2-utils=2.4.71-1~deb12u1 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f apache2-utils_*.deb Version | sed 's/^/apache2-utils /'
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu
cat >server.py <<'PY'
import http.server
import itertools

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    numbers = itertools.count(1)

    def do_GET(self):
        body = b"error" if self.path == "/error" else b"x" * next(self.numbers)
        self.send_response(500 if self.path == "/error" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
PY
/usr/bin/python3 server.py >port &
server=$!
trap 'kill $server 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT
until [ -s port ]; do sleep 0.1; done
failed() { root/usr/bin/ab -q -n 20 -c 1 "$@" 2>/dev/null | awk '/^Failed requests:/ { print $3 }'; }
good=$(failed "http://127.0.0.1:$(cat port)/good") length=$(failed -l "http://127.0.0.1:$(cat port)/good") error=$(failed "http://127.0.0.1:$(cat port)/error")
echo "failed of 20: with status 200 $good, with -l $length; with status 500 $error"
[ "$good/$length/$error" = 19/0/0 ] || { echo CHANGED; exit 1; }
