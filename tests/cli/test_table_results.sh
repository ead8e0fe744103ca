#!/usr/bin/env bash
# What comes back of a table: how strange its rows are, its gaps filled, its classes.
set -uo pipefail

boltz=$BIN_DIR/boltz
[ -x "$boltz" ] || { echo "no boltz in $BIN_DIR: skipped"; exit 77; }
command -v python3 >/dev/null || { echo "skipped: needs python3"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0
fail() { echo "FAILED: $*"; failures=$((failures + 1)); }
run() { "$boltz" "$@" 2>message || fail "$*: $(cat message)"; }
refused() { # words, command
    local words=$1
    shift
    "$boltz" "$@" >out 2>message && { fail "$*: accepted"; return; }
    while read -r word; do grep -qF -- "$word" message || fail "$*: '$word' is not in: $(cat message)"; done <<<"$words"
}
train() { run train rbm --hidden 4 --updates 200 --threads 1 --log none "$@" >/dev/null; }

python3 - <<'PY'
import random
random.seed(3)
def row(i):
    plan = random.choice("abc")
    age = random.gauss({"a": 30, "b": 45, "c": 60}[plan], 4)
    return "p%d,%.2f,%.1f,%s,%s" % (i, age, 20 * age + random.gauss(0, 40), "true" if age > 42 else "false", plan)
head = "id,age,income,ok,plan\n"
open("train.csv", "w").write(head + "".join(row(i) + "\n" for i in range(300)))
open("usual.csv", "w").write(head + "".join(row(i) + "\n" for i in range(200)))
open("odd.csv", "w").write(head + "x,30,2000,true,a\ny,60,100,false,c\n" + row(1) + "\n")
PY

# ---- anomalies ----
train --data train.csv --index-column id --out r/m
run score r/m --data odd.csv --index-column id >odd.out
[ "$(head -1 odd.out)" = id,free_energy,percentile,anomaly ] || fail "columns of score: $(head -1 odd.out)"
[ "$(cut -d, -f1,4 odd.out | tr '\n' ' ')" = "id,anomaly x,1 y,1 p1,0 " ] || fail "anomalies: $(cat odd.out)"
run score r/m --data odd.csv --index-column id --threshold 1e9 >none.out
grep -q ',1$' none.out && fail "--threshold: $(cat none.out)"
refused "--threshold: expected a number" score r/m --data odd.csv --threshold high

# a calibration replaces the distribution and no parameter
cp -r r/m r/before
run calibrate r/m --data usual.csv --index-column id --contamination 0.05
run score r/m --data usual.csv --index-column id >usual.out
run score r/before --data usual.csv --index-column id >before.out
cmp -s <(cut -d, -f2 usual.out) <(cut -d, -f2 before.out) || fail "calibrate changed free energies"
python3 - <<'PY' || fail "percentiles and threshold are not those of the rows"
import csv, json, struct, sys
rows = list(csv.DictReader(open("usual.out")))
f = sorted(float(r["free_energy"]) for r in rows)
assert sum(int(r["anomaly"]) for r in rows) == 10, "5 % of 200 rows"
for r in rows: # the i-th of 200 values lies at i/199
    assert abs(float(r["percentile"]) - 100 * f.index(float(r["free_energy"])) / 199) < 1e-9, r
data = open("r/m/1/model.safetensors", "rb").read()
kept = json.loads(json.loads(data[8:8 + struct.unpack("<Q", data[:8])[0]])["__metadata__"]["free_energy"])
assert kept["rows"] == 200 and kept["of"] == "calibration" and kept["contamination"] == 0.05
assert kept["quantiles"] == f
PY
refused "--contamination" calibrate r/m --data usual.csv --contamination 1
run inspect r/m --check >/dev/null

# nothing kept, nothing said
train --data train.csv --index-column id --calibrate off --out r/off
run score r/off --data odd.csv --index-column id >off.out
[ "$(head -1 off.out)" = id,free_energy ] || fail "--calibrate off: $(head -1 off.out)"

[ "$failures" = 0 ] || exit 1
echo "ok"
