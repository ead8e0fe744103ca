#!/bin/bash
# A sample of what scripts/torture runs in full: boltz and boltzd with one call failing.
set -u
[ -e "$BIN_DIR/boltz_faults.so" ] && command -v python3 >/dev/null || { echo "no shim in $BIN_DIR: skipped"; exit 77; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
python3 "$SOURCE_DIR/tests/faults/torture.py" "$BIN_DIR" "$BIN_DIR/boltz_faults.so" "$work" --runs 80 --jobs 2 &&
    python3 "$SOURCE_DIR/tests/faults/torture.py" "$BIN_DIR" "$BIN_DIR/boltz_faults.so" "$work" --only boltzd --kinds descriptor,connection --jobs 2
