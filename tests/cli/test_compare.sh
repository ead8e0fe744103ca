#!/usr/bin/env bash
# boltz compare: a model that has both modes of its rows, one whose samples lack one, and rows of another kind.
set -euo pipefail

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"

# Two noisy patterns of 60 bits, 7 to 3, and the pattern that each row belongs to.
awk 'BEGIN { srand(5); for (i = 0; i < 600; i++) { left = rand() < 0.7; line = "";
    for (j = 0; j < 60; j++) { on = (j < 30) == left; if (rand() < 0.02) on = 1 - on; line = line (j ? "," : "") on }
    print line > "rows.csv"; print left ? "left" : "right" > "labels.txt" } }'
"$boltz" train rbm --data rows.csv --hidden 6 --algorithm ptt --updates 1500 --learning-rate 0.1 --out repo/two >/dev/null 2>&1 || fail "training"

"$boltz" compare repo/two --data rows.csv --json --html page.html >both.json 2>said || fail "compare: $(cat said)"
"$boltz" compare repo/two --data rows.csv --sampler gibbs --json >one.json 2>said || fail "compare: $(cat said)"
grep -q 'warning: cluster .* of the rows and 0.0 % of the samples' said || fail "the lost mode is not told: $(cat said)"
"$boltz" compare repo/two --data rows.csv --labels labels.txt --sampler gibbs --json >class.json 2>said || fail "labels: $(cat said)"
grep -q 'warning: class right' said || fail "the lost class is not told: $(cat said)"
"$boltz" compare repo/two --data rows.csv >table 2>/dev/null || fail "table"
grep -q 'adversarial accuracy' table || fail "table: $(cat table)"
grep -q 'Covariances of pairs' page.html || fail "page"
# The same figures appear in the training report, and in a page about the model when rows are given.
"$boltz" inspect repo/two --html model.html --data rows.csv >/dev/null 2>said || fail "inspect --html --data: $(cat said)"
for shown in repo/two/1/report.html model.html; do
    grep -q 'Covariances of pairs' $shown && grep -q 'adversarial accuracy' $shown || fail "$shown has no comparison"
done
if "$boltz" inspect repo/two --data rows.csv 2>said; then fail "rows without a use are taken"; fi
grep -q -- '--units, --topics or --html' said || fail "rows without a use: $(cat said)"

# Rows of another kind: every sample can be told apart from them.
awk 'BEGIN { srand(9); for (i = 0; i < 200; i++) { line = ""; for (j = 0; j < 60; j++) line = line (j ? "," : "") (rand() < 0.5); print line } }' >noise.csv
"$boltz" compare repo/two --data noise.csv --json >noise.json 2>/dev/null || fail "noise"
python3 - <<'PY'
import json
both, one, named, noise = (json.load(open(f + ".json")) for f in ("both", "one", "class", "noise"))
assert both["sampler"] == "ptt" and both["lost"] == [] and both["rows"] == 600 and both["count"] == 300, both
assert both["means"]["correlation"]["samples"] > 0.97 and both["pairs"]["correlation"]["samples"] > 0.97, both
assert 0.4 < both["adversarial_accuracy"]["samples"] < 0.65 and 0.4 < both["adversarial_accuracy"]["ceiling"] < 0.6, both
assert one["lost"] and one["pairs"]["correlation"]["samples"] < 0.5 < one["pairs"]["correlation"]["ceiling"], one
assert named["grouped_by"] == "labels" and named["lost"] == ["right"], named
labels = open("labels.txt").read().split()
assert [g["name"] for g in named["groups"]] == ["left", "right"]
share = labels.count("left") / 600  # the two halves are all the rows, and rows of the second half get their neighbours' classes
assert abs((named["groups"][0]["data"] + named["groups"][0]["half"]) / 2 - share) < 1e-9, (named, share)
assert noise["adversarial_accuracy"]["samples"] > 0.7, noise
PY
head -10 rows.csv >few.csv
if "$boltz" compare repo/two --data few.csv 2>said; then fail "compared ten rows"; fi
grep -q 'at least 20 rows' said || fail "refusal: $(cat said)"
