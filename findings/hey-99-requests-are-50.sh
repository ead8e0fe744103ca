#!/usr/bin/env bash
# hey 0.1.4: -n 99 -c 50 sends 50 requests, -n 100 -c 30 sends 90.
#
# -n is the number of requests to run, as with ab, which sends as many. Each of the -c workers sends n / c of them, and what is over is not sent: a client that is to score 99 rows has
# answers for 50, a count on the server's side (rows, jobs, errors a thousand) is off by up to a half, and a comparison of concurrencies at one n compares other amounts of work. Nothing is said; only the histogram's
# counts tell. What to do: an n that c divides.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq hey=0.1.4-2+b4 2>/dev/null
dpkg-deb -x hey_*.deb root
dpkg-deb -f hey_*.deb Version | sed 's/^/hey /'
cat >try.py <<'PY'
import http.server, subprocess, sys, threading

seen = []

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        seen.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *args):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()

def sent(n, c):
    seen.clear()
    done = subprocess.run(["root/usr/bin/hey", "-n", str(n), "-c", str(c), f"http://127.0.0.1:{server.server_port}/"], capture_output=True, text=True, check=True)
    assert not done.stderr, done.stderr
    return len(seen)

counts = {f"-n {n} -c {c}": sent(n, c) for n, c in ((100, 50), (99, 50), (100, 30))}
print("requests that arrived:", counts)
sys.exit(0 if list(counts.values()) == [100, 50, 90] else "CHANGED")
PY
timeout 60 python3 try.py
