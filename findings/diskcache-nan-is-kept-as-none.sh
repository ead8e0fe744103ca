#!/usr/bin/env bash
# diskcache 5.4.0 (Python): a NaN put into a Cache comes out as None, and a function with @cache.memoize() that answers NaN does so the first time and None from then on; infinities, None and NaN inside a list come back as they were.
#
# A cache is expected to give back what was put in. Floats go as they are into a column of SQLite, which stores a NaN as NULL; so does a NaN as a key, under which None is found. Whoever tests with math.isnan has an error at the second run,
# whoever fills None with 0, or drops it as "not scored", has another number than at the first. cache.get(key, default) does not answer the default either. Nothing is said. What to do: put [x] or (x,) into the cache, or a text.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-diskcache=5.4.0-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-diskcache' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-diskcache=5.4.0-1 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-diskcache_*.deb Version | sed 's/^/python3-diskcache /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib:$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu:$PWD/root/usr/lib/x86_64-linux-gnu/blas:$PWD/root/usr/lib/x86_64-linux-gnu/lapack
cat >try.py <<'PY'
import math
import sys
import diskcache

cache = diskcache.Cache("cache")
cache["score"] = float("nan")
cache["list"] = [float("nan")]
cache["infinity"] = float("-inf")
calls = []


@cache.memoize()
def score(row):
    calls.append(row)
    return float("nan")


first, second = score(1), score(1)
kept, told = cache["score"], cache.get("score", "nothing")
print("stored as a number:", kept, "or", told, "; in a list:", cache["list"], "; -inf:", cache["infinity"])
print("memoized:", first, "and then", second, "with", len(calls), "call")
sys.exit(0 if kept is None and told is None and math.isnan(cache["list"][0]) and cache["infinity"] == -math.inf and math.isnan(first) and second is None and len(calls) == 1 else "CHANGED")
PY
/usr/bin/python3 try.py
