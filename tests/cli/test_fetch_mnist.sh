#!/usr/bin/env bash
# scripts/fetch-mnist against a local HTTP server: correct files are kept, a wrong one is refused and leaves nothing behind.
set -euo pipefail
command -v python3 >/dev/null && command -v curl >/dev/null || { echo "skipped: needs python3 and curl"; exit 77; }

work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
mkdir "$work/mirror"

serve() {
    : >"$work/server.log"
    python3 -u -m http.server 0 --bind 127.0.0.1 --directory "$work/mirror" >"$work/server.log" 2>&1 &
    server=$!
    for _ in $(seq 1 300); do
        port=$(sed -n 's/.*port \([0-9][0-9]*\) (http.*/\1/p' "$work/server.log" | head -n 1)
        [ -n "$port" ] && return
        sleep 0.1
    done
    echo "the local server did not start"; exit 1
}

serve
echo "not the digits" | gzip >"$work/mirror/train-images-idx3-ubyte.gz"
if "$SOURCE_DIR/scripts/fetch-mnist" "$work/out" "http://127.0.0.1:$port" 2>"$work/message"; then
    echo "a wrong file was accepted"; exit 1
fi
grep -q 'train-images-idx3-ubyte.gz.*expected content with sha256' "$work/message" || { cat "$work/message"; exit 1; }
[ -z "$(ls -A "$work/out")" ] || { echo "a refused file was left behind:"; ls -A "$work/out"; exit 1; }

if "$SOURCE_DIR/scripts/fetch-mnist" "$work/out" "http://127.0.0.1:$port/nowhere" 2>"$work/message"; then
    echo "a missing file was accepted"; exit 1
fi
[ -z "$(ls -A "$work/out")" ] || { echo "a failed download was left behind"; exit 1; }

if [ -z "${BOLTZ_DATA:-}" ]; then
    echo "refusals are right; the good download was skipped: BOLTZ_DATA is not set"
    exit 0
fi
cp "$BOLTZ_DATA"/mnist/*.gz "$work/mirror/"
"$SOURCE_DIR/scripts/fetch-mnist" "$work/out" "http://127.0.0.1:$port"
cmp "$work/out/t10k-images-idx3-ubyte.gz" "$BOLTZ_DATA/mnist/t10k-images-idx3-ubyte.gz"
"$SOURCE_DIR/scripts/fetch-mnist" "$work/out" "http://127.0.0.1:1" 2>"$work/message"
grep -q 'already there' "$work/message"
echo "fetched, checked, and not fetched twice"
