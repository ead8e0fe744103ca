#!/usr/bin/env bash
# `boltz train` with only --data, --hidden and --out: close to the optimum on bars and stripes, and better than independent units on
# held-out rows of small public sets (bench/results.py; docs/results.md has the results for all sets). Needs python3; the sets need
# BOLTZ_DATA.
set -euo pipefail

boltz=$BIN_DIR/boltz
[ -x "$boltz" ] || exit 77
command -v python3 >/dev/null || exit 77
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The 32 patterns of 4x4 bars and stripes, all-on and all-off twice: at best -3.379 nats per row.
awk 'BEGIN { for (p = 0; p < 16; p++) for (way = 0; way < 2; way++) {
    line = ""
    for (i = 0; i < 4; i++) for (j = 0; j < 4; j++) { k = way ? j : i; line = line "," (int(p / 2 ^ k) % 2) }
    print substr(line, 2) } }' >"$work/bas.csv"
"$boltz" train rbm --data "$work/bas.csv" --hidden 16 --log none --out "$work/bas" >/dev/null
found=$("$boltz" evaluate "$work/bas" --data "$work/bas.csv" --exact --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["log_prob_mean"])')
echo "bars and stripes: mean log p $found, wanted at least -3.7"
python3 -c 'import sys; sys.exit(not float(sys.argv[1]) >= -3.7)' "$found"

[ -n "${BOLTZ_DATA:-}" ] || { echo "the sets were skipped: BOLTZ_DATA is not set"; exit 0; }
sets=(nltcs breastw)
[ -z "${BOLTZ_LONG_TESTS:-}" ] || sets+=(ionosphere cardio)
python3 "$SOURCE_DIR/bench/results.py" "$BOLTZ_DATA" --threads 0 --betas 2000 "${sets[@]}"
