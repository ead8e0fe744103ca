#!/usr/bin/env bash
# bottle 0.12.23: request.json of 100000 bytes is a list, of 150000 bytes the answer is 413, while the body itself, and files, may be as long as they like.
#
# A limit is expected to stand in a setting of the server and to hold for the body. It is MEMFILE_MAX, 102400 bytes, the size from which bodies are kept in a file, and bodies that are not kept in memory are not
# read as JSON or as a form: a model is asked about 20000 numbers in one request and not about 30000. Tests with small tables pass, json.load(request.body) of the same request does, too. What to do:
# bottle.BaseRequest.MEMFILE_MAX = 64 * 2**20, or json.load(request.body).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-bottle=0.12.23-1.1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-bottle_*.deb Version | sed 's/^/python3-bottle /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
cat >try.py <<'PY'
import io
import json
import sys
import bottle

app = bottle.Bottle()

@app.post("/json")
def by_json():
    return {"numbers": len(bottle.request.json)}

@app.post("/body")
def by_body():
    return {"numbers": len(json.load(bottle.request.body))}

def ask(path, count):
    body, said = json.dumps([0.5] * count).encode(), []
    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": path, "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(body)),
               "wsgi.input": io.BytesIO(body), "wsgi.errors": io.StringIO()}
    b"".join(app(environ, lambda status, headers, error=None: said.append(status)))
    print(f"{count} numbers, {len(body)} bytes, by {path[1:]}: {said[0]}")
    return said[0][:3]

found = ask("/json", 20000), ask("/json", 30000), ask("/body", 30000)
sys.exit(0 if found == ("200", "413", "200") else "CHANGED")
PY
/usr/bin/python3 try.py
