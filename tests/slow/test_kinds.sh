#!/usr/bin/env bash
# Every kind of machine learns 4x4 bars and stripes with default options, by exact log likelihood. The best there is is -3.379 nats a
# row; the uniform distribution over the 30 pictures gives -3.401, independent units -11.09.
set -euo pipefail

boltz=$BIN_DIR/boltz
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

awk 'BEGIN { for (p = 0; p < 16; p++) for (way = 0; way < 2; way++) {
    line = ""
    for (i = 0; i < 4; i++) for (j = 0; j < 4; j++) { k = way ? j : i; line = line "," (int(p / 2 ^ k) % 2) }
    print substr(line, 2) } }' >bars.csv
cut -d, -f1-8 bars.csv >top.csv
cut -d, -f9-16 bars.csv >bottom.csv

failures=0
learns() { # least mean log p, kind, arguments
    local least=$1 kind=$2 found
    shift 2
    local data=(--data bars.csv)
    [ "$kind" != multimodal ] || data=(--data top=top.csv --data bottom=bottom.csv)
    rm -rf model
    "$boltz" train "$kind" "${data[@]}" "$@" --log none --out model >/dev/null
    found=$("$boltz" evaluate model "${data[@]}" --exact --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["log_prob_mean"])')
    echo "$kind $*: mean log p $found, wanted at least $least"
    python3 -c 'import sys; sys.exit(not float(sys.argv[1]) >= float(sys.argv[2]))' "$found" "$least" || failures=$((failures + 1))
}

learns -3.6 bm --hidden 8
learns -3.6 bm
learns -3.7 bm --hidden 12 --lateral visible
learns -3.7 dbm --hidden 12,8
learns -3.7 dbm --hidden 12,8 --pretrain off
learns -4.0 dbm --hidden 12,8,6
learns -3.7 dbm --hidden 12,8 --pretrain grown
learns -3.8 multimodal --hidden top=8 --hidden bottom=8 --joint 8
learns -3.7 rbm --hidden 16 --algorithm cd
learns -3.7 rbm --hidden 16 --optimizer adam
[ "$failures" -eq 0 ]
