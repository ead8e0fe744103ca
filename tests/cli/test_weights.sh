#!/usr/bin/env bash
# --weights: a row of weight 2 counts as two rows, one of weight 0 as none, in evaluation and in training.
set -euo pipefail

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"

# 400 rows of six bits with weights 0, 1, 2; and the same rows repeated as many times as their weight.
awk 'BEGIN { srand(4); print "a,b,c,d,e,f,w" > "weighed.csv"; print "a,b,c,d,e,f" > "plain.csv"; print "a,b,c,d,e,f" > "repeated.csv";
    for (i = 0; i < 400; i++) { x = rand() < 0.5; line = ""; for (j = 0; j < 6; j++) line = line (j ? "," : "") (rand() < (x ? 0.8 : 0.2));
        w = int(3 * rand()); print line "," w > "weighed.csv"; print line > "plain.csv"; print w > "weights.txt";
        for (k = 0; k < w; k++) print line > "repeated.csv" } }'
"$boltz" train rbm --data plain.csv --hidden 3 --updates 300 --out repo/m >/dev/null 2>&1 || fail "training"

evaluate() { "$boltz" evaluate repo/m --exact --pseudo-rows 100000 --json "$@" 2>said || fail "evaluate $*: $(cat said)"; }
evaluate --data repeated.csv >repeated.json
evaluate --data plain.csv --weights weights.txt >file.json
evaluate --data weighed.csv --weights w >column.json
evaluate --data weighed.csv --weights 7 >number.json
python3 - <<'PY'
import json
want, *found = (json.load(open(f + ".json")) for f in ("repeated", "file", "column", "number"))
for f in found:
    for key in ("free_energy_mean", "reconstruction_error_mean", "pseudo_likelihood_mean", "log_prob_mean", "log_prob_stderr"):
        assert abs(f[key] - want[key]) < 1e-9 * abs(want[key]), (key, f[key], want[key])
PY

# Classes, rankings and a layer predicted, too; a class that no weight counts is none.
for f in plain repeated; do cut -d, -f1-3 $f.csv >$f.x.csv && cut -d, -f4-6 $f.csv >$f.y.csv; done
"$boltz" train rbm --data plain.csv --labels f --hidden 3 --updates 300 --out repo/classes >/dev/null 2>&1 || fail "training with labels"
"$boltz" train rbm --data x=plain.x.csv --data y=plain.y.csv --hidden 3 --updates 300 --out repo/two >/dev/null 2>&1 || fail "training of two layers"
measured() { "$boltz" evaluate "$@" --json 2>said || fail "evaluate $*: $(cat said)"; }
for f in plain repeated; do
    weights=()
    [ $f = repeated ] || weights=(--weights weights.txt)
    measured repo/classes --data $f.csv --labels f "${weights[@]}" >classes.$f.json
    measured repo/m --data $f.csv --labels <(cut -d, -f6 $f.csv | sed 1d) "${weights[@]}" >energies.$f.json
    measured repo/two --data x=$f.x.csv --data y=$f.y.csv --predict y --top 2 "${weights[@]}" >two.$f.json
done
awk '{ print $1 ? NR % 2 : 2 }' weights.txt >three.txt
measured repo/m --data plain.csv --labels three.txt --weights weights.txt | grep -q '"auroc":0' || fail "rows of weight 0 have a class: $(cat said)"
python3 - <<'PY'
import json
for f, keys in ("classes", "error_rate auroc average_precision"), ("energies", "auroc average_precision"), ("two", "precision recall f1 map"):
    found, want = (json.load(open(f"{f}.{rows}.json")) for rows in ("plain", "repeated"))
    for key in keys.split():
        assert abs(found[key] - want[key]) < 1e-9 and 0 < found[key] < 1, (f, key, found[key], want[key])
PY

# What counts rows alike says so.
alike() { if "$boltz" "$@" --data weighed.csv --weights w >/dev/null 2>said || ! grep -q 'counts all rows alike' said; then fail "$*: $(cat said)"; fi; }
alike calibrate repo/m && alike compare repo/m && alike index repo/m && alike inspect repo/m --units && alike inspect repo/m --html page.html
alike finetune repo/m --labels three.txt --out repo/never && alike evaluate repo/m --cases 3 && alike evaluate repo/m --bracket

# Training: the units' means come out as those of the weighted rows. Rows whose first unit is on carry more weight.
awk 'BEGIN { srand(6); print "a,b,w"; for (i = 0; i < 300; i++) { a = rand() < 0.3; print a "," (rand() < (a ? 0.9 : 0.1)) "," (a ? 5 : 1) } }' >ab.csv
"$boltz" train rbm --data ab.csv --weights w --hidden 2 --updates 3000 --learning-rate 0.1 --out repo/ab >/dev/null 2>said || fail "train: $(cat said)"
"$boltz" sample repo/ab --count 4000 --steps 200 --out s.csv
python3 - <<'PY'
rows = [tuple(map(float, l.split(","))) for l in open("ab.csv").read().split("\n")[1:] if l]
w = sum(r[2] for r in rows)
data = [sum(r[i] * r[2] for r in rows) / w for i in (0, 1)]
s = [tuple(map(float, l.split(","))) for l in open("s.csv").read().split("\n") if l and l[0] != "a"]
model = [sum(r[i] for r in s) / len(s) for i in (0, 1)]
assert all(abs(d - m) < 0.05 for d, m in zip(data, model)), (data, model)
assert data[0] - sum(r[0] for r in rows) / len(rows) > 0.25  # far from the unweighted means
PY
"$boltz" inspect repo/ab --json | grep -q '"size":2' || fail "the column of weights is an input"

# Rows of weight 0 are ignored: the same bits whatever they contain.
awk -F, 'NR == 1 { print; next } { print } NR % 3 == 0 { print "1,0,0" }' ab.csv >more1.csv
awk -F, 'NR == 1 { print; next } { print } NR % 3 == 0 { print "0,1,0" }' ab.csv >more2.csv
for k in 1 2; do "$boltz" train rbm --data more$k.csv --weights w --hidden 2 --updates 200 --threads 1 --out "repo/more$k" >/dev/null 2>&1; done
python3 - <<'PY'
import struct
def tensors(path):
    b = open(path, "rb").read()
    return b[8 + struct.unpack("<Q", b[:8])[0]:]
assert tensors("repo/more1/1/model.safetensors") == tensors("repo/more2/1/model.safetensors")
PY

refused() { if "$boltz" evaluate repo/m --exact "$@" >/dev/null 2>said; then fail "accepted: $*"; fi; }
refused --data plain.csv --weights nothing
grep -q "weights: there is no file 'nothing', and plain.csv has no column 'nothing'" said || fail "$(cat said)"
head -5 weights.txt >few.txt
refused --data plain.csv --weights few.txt
grep -q '5 weights for the 400 rows' said || fail "$(cat said)"
sed '3s/.*/-1/' weights.txt >negative.txt
refused --data plain.csv --weights negative.txt
grep -q 'row 3: expected a number from 0, found -1' said || fail "$(cat said)"
sed 's/.*/0/' weights.txt >zero.txt
awk '{ print NR % 3 ? "low" : "high" }' weights.txt >words.txt
refused --data plain.csv --weights words.txt
grep -q "expected numbers, found words ('high')" said || fail "$(cat said)"
refused --data plain.csv --weights zero.txt
grep -q 'expected a weight above 0' said || fail "$(cat said)"
