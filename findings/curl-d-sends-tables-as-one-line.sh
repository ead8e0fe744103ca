#!/usr/bin/env bash
# curl 7.88.1: -d @rows.csv sends a table as one line, and of an array of float32 what stands before the first zero byte.
#
# The file is expected to arrive as it is, as with -T and --data-binary. -d reads a form's text: line ends are left out, and of each line what
# follows a zero byte. JSON over several lines means the same without them, so that nobody notices until the first CSV, which arrives
# as a header of all the file's cells, and the first array, of which nothing may be left. What to do: --data-binary @FILE, or --json for JSON.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq curl=7.88.1-10+deb12u15 2>/dev/null
dpkg-deb -x curl_*.deb root
dpkg-deb -f curl_*.deb Version | sed 's/^/curl /'
cat >server.py <<'PY'
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(repr(body).encode())
    def log_message(self, *words):
        pass
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
PY
/usr/bin/python3 server.py >port &
server=$!
trap 'kill $server; rm -rf "$work"' EXIT
for _ in $(seq 100); do [ -s port ] && break; sleep 0.1; done
printf 'age,plan\n30,basic\n45,pro\n' >rows.csv
/usr/bin/python3 -c 'import struct, sys; sys.stdout.buffer.write(struct.pack("<3f", 2.00001, 1, 0.1))' >rows.f32
send() { root/usr/bin/curl -s "$@" "http://127.0.0.1:$(cat port)/"; }
table=$(send -d @rows.csv) whole=$(send --data-binary @rows.csv) floats=$(send -d @rows.f32)
echo "-d: $table   --data-binary: $whole   three floats by -d: $floats"
[ "$table" = "b'age,plan30,basic45,pro'" ] && [ "$whole" = "b'age,plan\\n30,basic\\n45,pro\\n'" ] && [ "$floats" = "b'*'" ] ||
    { echo "CHANGED"; exit 1; }
