#!/usr/bin/env bash
# curl 7.88.1: -d @table.csv sends the table as one line.
#
# --data takes carriage returns and line feeds out of a file, which does no harm to JSON and leaves a CSV body with a header of the last name and
# the first cell run together, and no rows. The server sees a well-formed text; Content-Type: text/csv changes nothing. What to do: --data-binary @table.csv, or -T.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq curl libcurl4 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f curl_*.deb Version | sed 's/^/curl /'
printf 'age,income\n30,100\n40,200\n' >table.csv
cat >echo.py <<'PY'
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args):
        pass
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
PY
python3 echo.py >port &
server=$!
trap 'kill $server; rm -rf "$work"' EXIT
for _ in $(seq 100); do [ -s port ] && break; sleep 0.05; done
for way in -d --data-binary; do
    env LD_LIBRARY_PATH="$PWD/root/usr/lib/x86_64-linux-gnu" root/usr/bin/curl -s -H 'Content-Type: text/csv' $way @table.csv "http://127.0.0.1:$(cat port)/" >sent$way
    echo "$way arrives as $(wc -l <sent$way) lines: $(head -n 1 sent$way)"
done
[ "$(cat sent-d)" = "age,income30,10040,200" ] && cmp -s table.csv sent--data-binary || { echo CHANGED; exit 1; }
