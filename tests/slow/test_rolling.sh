#!/usr/bin/env bash
# Three replicas behind HAProxy with the configuration of deploy/compose: restarts, deaths and new versions under load. Processes on
# this machine; if test_docker_image.sh has done the same with containers of this build, only the full disk is left to test, which a
# container's read-only root rules out.
set -uo pipefail
source=$(cd "$(dirname "$0")/../.." && pwd)
PATH=$PATH:/usr/sbin
[ -x "$BIN_DIR/boltzd" ] || { echo "no boltzd in $BIN_DIR: skipped"; exit 77; }
command -v haproxy >/dev/null || { echo "no haproxy: skipped"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
only=()
[ ! "$(dirname "$BIN_DIR")/rolled-by-containers" -nt "$BIN_DIR/boltzd" ] || only=(--only "a replica whose disk is full")
python3 "$source/tests/slow/rolling.py" --program "$BIN_DIR/boltzd" "$source/models" "$source/deploy/compose/haproxy.cfg" "$work" "${only[@]}"
