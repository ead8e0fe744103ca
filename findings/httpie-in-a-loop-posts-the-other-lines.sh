#!/usr/bin/env bash
# HTTPie 3.2.1: in "while read -r x; do http ADDRESS/\$x; done <names" three names make one request: a POST to the first, with the other two lines as its body. curl makes three GETs.
#
# http ADDRESS is a GET on the terminal, and in a script it is expected to be one too. Where the standard input is no terminal HTTPie takes it for the body, and a request with a body for a POST: in a loop over a file it eats the other lines, and the loop ends after the first, with status 0 if the server takes what came. From cron or
# ssh, where there is an input, GETs turn into POSTs of nothing. What to do: http --ignore-stdin.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends httpie=3.2.1-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'httpie' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq httpie=3.2.1-1 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f httpie_*.deb Version | sed 's/^/httpie /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages HOME=$PWD
cat >server.py <<'P'
import http.server


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with open("asked", "a") as file:
            print(self.command, self.path, body.decode().split(), file=file)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"1\n")

    do_POST = do_GET

    def log_message(self, *rest):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
P
/usr/bin/python3 server.py >port &
server=$!
trap 'kill $server 2>/dev/null || true; rm -rf "$work"' EXIT
until [ -s port ]; do sleep 0.1; done
address=http://127.0.0.1:$(cat port)
printf 'one\ntwo\nthree\n' >names
: >asked
while read -r x; do /usr/bin/python3 root/usr/bin/http --body "$address/$x" >>out; done <names
first=$(cat asked)
: >asked
while read -r x; do /usr/bin/python3 root/usr/bin/http --ignore-stdin --body "$address/$x" >>out; done <names
second=$(cat asked)
printf 'the server was asked:\n%s\nwith --ignore-stdin:\n%s\n' "$first" "$second"
[ "$first" = "POST /one ['two', 'three']" ] && [ "$(xargs <<<"$second")" = "GET /one [] GET /two [] GET /three []" ] || { echo "CHANGED"; exit 1; }
