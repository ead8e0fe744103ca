#!/usr/bin/env bash
# lighttpd 1.4.69: as a proxy it hands an event stream on when the stream has ended; no event of one that goes on arrives.
#
# A proxy is expected to pass on what it gets, at the latest after a moment, as nginx with its hint X-Accel-Buffering, HAProxy and Apache do
# for text/event-stream. By default the whole answer is collected first: the page of a training that reports by events shows nothing, and then
# everything. Below the server behind waits three seconds for a sign that its first event was seen. What to do: server.stream-response-body =
# 1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq lighttpd=1.4.69-1 libnettle8 libpcre2-8-0 libxxhash0 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f lighttpd_*.deb Version | sed 's/^/lighttpd /'
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import http.client, socket, subprocess, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
seen = threading.Event()
class Stream(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b"data: 1\n\n")
        self.wfile.write(b"data: first event was %s\n\n" % (b"seen" if seen.wait(3) else b"not seen for three seconds"))
    def log_message(self, *a):
        pass
backend = ThreadingHTTPServer(("127.0.0.1", 0), Stream)
threading.Thread(target=backend.serve_forever, daemon=True).start()
with socket.socket() as s:
    s.bind(("127.0.0.1", 0))
    port = s.getsockname()[1]
def ask(option):
    seen.clear()
    with open("lighttpd.conf", "w") as f:
        f.write(f'''server.document-root = "/"
server.bind = "127.0.0.1"
server.port = {port}
server.modules = ("mod_proxy")
proxy.server = ("" => (("host" => "127.0.0.1", "port" => {backend.server_port})))
{option}
''')
    proxy = subprocess.Popen([sys.argv[1], "-D", "-m", sys.argv[2], "-f", "lighttpd.conf"])
    while True:
        try:
            c = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            c.request("GET", "/events")
            break
        except ConnectionRefusedError:
            pass
    answer = c.getresponse()
    first = answer.read1()
    if b"data: 1" in first and b"first" not in first:
        seen.set()
    text = (first + answer.read()).decode().split("\n")[2]
    proxy.terminate()
    proxy.wait()
    return text
found = [ask(""), ask("server.stream-response-body = 1")]
print("by default:", found[0], "\nserver.stream-response-body = 1:", found[1])
assert found == ["data: first event was not seen for three seconds", "data: first event was seen"]
PY
/usr/bin/python3 try.py "$PWD/root/usr/sbin/lighttpd" "$PWD/root/usr/lib/lighttpd" 2>/dev/null || { echo "CHANGED"; exit 1; }
