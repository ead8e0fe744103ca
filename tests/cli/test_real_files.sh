#!/usr/bin/env bash
# Files that real programs wrote, through `boltz check`: they are read as their writers meant them, or refused. The
# files are beside BOLTZ_DATA; the same kinds, generated, are in the unit tests.
set -euo pipefail

boltz=$BIN_DIR/boltz
[ -x "$boltz" ] || { echo "no boltz in $BIN_DIR: skipped"; exit 77; }
command -v python3 >/dev/null || { echo "skipped: needs python3"; exit 77; }
cases=${BOLTZ_DATA:-/nonexistent}/../cases/real
[ -d "$cases" ] || { echo "skipped: no folder cases/real beside BOLTZ_DATA"; exit 77; }

# Folders in which every file must be read correctly; the others are only reported.
complete="sequences matrix-market npz-sparse npy octave-text hdf5-mat graphs"
others=""
run() { python3 "$SOURCE_DIR/tests/support/real_files.py" "$boltz" "$cases/$1"; }
status=0
for folder in $complete; do run "$folder" || status=1; done
for folder in $others; do run "$folder" || true; done
exit $status
