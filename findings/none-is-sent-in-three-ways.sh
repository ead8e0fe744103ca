#!/usr/bin/env bash
# httpx 0.23.3, requests 2.28.1 (Python): the same params={"seed": None, "explain": True} goes out as seed=&explain=true, as explain=True, and from urllib as seed=None&explain=True.
#
# Clients that read alike are expected to send alike. requests leaves None out, httpx sends an empty value, which a server takes for "", 0 or
# an error, urllib sends the word. A truth value is "true" from httpx and "True" from the other two, which a server that knows JSON's words
# refuses or, counting any text as true, takes for true where False was meant. What to do: leave None out before the call, and write truth
# values as texts.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-httpx=0.23.3-1 python3-httpcore python3-h11 python3-anyio python3-sniffio python3-rfc3986 python3-idna python3-certifi \
    python3-requests=2.28.1+dfsg-1 python3-urllib3 python3-charset-normalizer python3-chardet python3-six 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
cat >try.py <<'PY'
import sys
import urllib.parse
import httpx
import requests
base, params = "http://localhost/sample", {"count": 2, "seed": None, "explain": True, "strict": False}
sent = {
    "httpx " + httpx.__version__: str(httpx.Request("GET", base, params=params).url),
    "requests " + requests.__version__: requests.Request("GET", base, params=params).prepare().url,
    "urllib": base + "?" + urllib.parse.urlencode(params),
}
for name, url in sent.items():
    print(name + ":", url)
queries = [url.split("?")[1] for url in sent.values()]
sys.exit(0 if queries == ["count=2&seed=&explain=true&strict=false", "count=2&explain=True&strict=False", "count=2&seed=None&explain=True&strict=False"] else 1)
PY
/usr/bin/python3 try.py || { echo "CHANGED"; exit 1; }
