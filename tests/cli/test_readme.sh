#!/usr/bin/env bash
# README's commands and programs against a daemon with the shipped models: they print what README shows. In expected text … matches anything.
set -euo pipefail
[ -x "$BIN_DIR/boltzd" ] && command -v curl >/dev/null || { echo "no boltzd in $BIN_DIR or no curl: skipped"; exit 77; }
work=$(mktemp -d)
pid=
: >"$work/log"
trap '[ -z "$pid" ] || kill "$pid"; rm -rf "$work"' EXIT
"$BIN_DIR/boltzd" --model-repository "$SOURCE_DIR/models" --listen 127.0.0.1:0 2>"$work/log" &
pid=$!
for _ in $(seq 400); do
    port=$(sed -n 's/.*127\.0\.0\.1:\([0-9]*\).*/\1/p' "$work/log" | head -1)
    [ -n "$port" ] && curl -sf "127.0.0.1:$port/v2/health/ready" >/dev/null && break
    sleep 0.05
done
cd "$work"
PORT=$port /usr/bin/python3 "$SOURCE_DIR/tests/cli/readme.py" "$SOURCE_DIR"
