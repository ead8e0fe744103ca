#!/usr/bin/env bash
# boltz sweep: all combinations or randomly drawn ones, compared on held-out rows; interrupted and continued; the best is published.
set -euo pipefail

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"

# Pairs of columns that are equal except for noise.
awk 'BEGIN { srand(3); for (i = 0; i < 300; i++) { line = ""; for (j = 0; j < 4; j++) { b = rand() < 0.5; line = line (j ? "," : "") b "," (rand() < 0.05 ? 1 - b : b) } print line } }' >rows.csv
sweep=(sweep rbm --data rows.csv --updates 400 --threads 1 --out repo/s)
# With rate 0.0001 nothing is learned: the other rate must win.
"$boltz" "${sweep[@]}" --vary hidden=4,8 --vary learning-rate=0.0001,0.1 >path 2>said || fail "sweep: $(cat said)"
[ "$(cat path)" = repo/s/1 ] && [ -s repo/s/1/model.safetensors ] && [ -s repo/s/1/report.html ] || fail "published: $(cat path)"
[ "$(wc -l <repo/s/sweep.csv)" = 5 ] || fail "table: $(cat repo/s/sweep.csv)"
head -1 repo/s/sweep.csv | grep -qx 'run,hidden,learning-rate,log_prob,kept_update,model' || fail "header: $(cat repo/s/sweep.csv)"
python3 - <<'PY'
import csv
rows = list(csv.DictReader(open("repo/s/sweep.csv")))
assert [(r["hidden"], r["learning-rate"]) for r in rows] == [("4", "0.0001"), ("4", "0.1"), ("8", "0.0001"), ("8", "0.1")], rows
best = max(rows, key=lambda r: float(r["log_prob"]))
assert best["learning-rate"] == "0.1", rows
assert open("repo/s/1/model.safetensors", "rb").read() == open(best["model"] + "/model.safetensors", "rb").read()
PY
grep -q 'learning-rate' repo/s/sweep.html && grep -q '<circle' repo/s/sweep.html || fail "picture"

# Again: nothing is retrained.
before=$(stat -c %Y.%i repo/s/.sweep/run0002/1/model.safetensors)
"$boltz" "${sweep[@]}" --vary hidden=4,8 --vary learning-rate=0.0001,0.1 >/dev/null 2>&1 || fail "again"
[ "$(stat -c %Y.%i repo/s/.sweep/run0002/1/model.safetensors)" = "$before" ] && [ ! -e repo/s/.sweep/run0002/2 ] || fail "a run was repeated"

# Randomly drawn, from a range and a list; the same seed draws the same values.
"$boltz" sweep rbm --data rows.csv --hidden 4 --updates 60 --vary learning-rate=0.01..0.1 --vary batch=10,20 --random 3 --out repo/r >/dev/null 2>said ||
    fail "random: $(cat said)"
python3 - <<'PY'
import csv
rows = list(csv.DictReader(open("repo/r/sweep.csv")))
assert len(rows) == 3 and all(0.01 <= float(r["learning-rate"]) <= 0.1 and r["batch"] in ("10", "20") for r in rows), rows
assert len({r["learning-rate"] for r in rows}) == 3, rows
PY

refused() { if "$boltz" "${sweep[@]}" "$@" 2>said; then fail "accepted: $*"; fi; }
refused
grep -q 'vary is needed' said || fail "$(cat said)"
refused --vary hidden
grep -q 'expected OPTION=VALUE' said || fail "$(cat said)"
refused --vary out=a,b
grep -q 'affects what is learned' said || fail "$(cat said)"
# Slips in any value are found before the first run.
mistaken() { # WORDS VALUES: bad usage, with these words, and nothing begun
    status=0
    "$boltz" sweep rbm --data rows.csv --updates 400 --out repo/none --vary "$2" 2>said >/dev/null || status=$?
    [ $status = 2 ] && grep -q -- "$1" said && [ ! -e repo/none ] || fail "--vary $2: status $status, $(cat said)"
}
mistaken 'cannot be compared' visible-unit=bernoulli,gaussian
mistaken 'cannot be compared' exclude=1,2
mistaken 'cannot be compared' valid-fraction=0.1,0.3
mistaken 'cannot be compared' standardize=on,off
mistaken 'expected --valid FILE' seed=1,2
mistaken 'did you mean --hidden' hiden=3,4
mistaken 'run 2 (hidden=x): --hidden x' hidden=2,x
mistaken 'run 3 (momentum=1): --momentum' momentum=0,0.5,1
# What only a run itself can find is named with its log, after which the sweep ends.
refused --vary learning-rate=0.1,0.2 --visible-unit spin
grep -q 'run0001.log' said || fail "$(cat said)"
