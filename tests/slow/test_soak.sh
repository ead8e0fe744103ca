#!/bin/bash
# Short runs of scripts/soak and scripts/hostile, which can run for any length of time: replies, and what is left behind.
set -u
command -v python3 >/dev/null && [ -x "$BIN_DIR/boltzd" ] || { echo "no boltzd or python3: skipped"; exit 77; }
cd "$SOURCE_DIR" || exit 1
build=$(dirname "$BIN_DIR")
scripts/soak 8 "$build" && scripts/soak --reloads 60 "$build" && scripts/hostile 1 "$build" 1 slow_connections,half_bodies,closed_streams,pipelined_many,flood,small_chunks,empty_promises
