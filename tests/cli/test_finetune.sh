#!/usr/bin/env bash
# boltz finetune from the command line: few labels, then the classifier from the file, over HTTP and by hand from its tensors.
set -euo pipefail

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"
needs "$boltzd" python3 curl

# Three patterns of 12 bits, each bit flipped one time in ten.
python3 - <<'PY'
import random
random.seed(4)
patterns = [[int(i // 4 == k) for i in range(12)] for k in range(3)]
names = ["ant", "bee", "cat"]
def write(name, n):
    with open(name + ".csv", "w") as rows, open(name + "_labels.txt", "w") as labels:
        for i in range(n):
            k = random.randrange(3)
            rows.write(",".join(str(b ^ (random.random() < .1)) for b in patterns[k]) + "\n")
            labels.write(names[k] + "\n")
write("train", 600)
write("test", 300)
PY

"$boltz" train dbm --data train.csv --hidden 8,4 --out repo/plain --epochs 20 --log none >/dev/null
"$boltz" finetune repo/plain --data train.csv --labels train_labels.txt --labels-per-class 10 --out repo/few 2>few.log >path
grep -q '30 labelled' few.log
grep -q 'labelled rows by class: ant: 10, bee: 10, cat: 10' few.log
[ "$(cat path)" = repo/few/1 ]
"$boltz" finetune repo/plain --data train.csv --labels train_labels.txt --precision f16 --epochs 500 --out repo/half 2>half.log >/dev/null
# 500 rows or more: trials on a quarter of them, which is then learned from too.
grep -q '^600 rows to learn from, 0 held out; 3000 updates of 100 rows, after trials' half.log
grep -q '^up to 3 trials of 3000 updates without 150 rows .*--adversarial 0: no trials' half.log
grep -q '^tried no shifted rows, .*: 150 held-out rows, loss' half.log
grep -q '^tried rows shifted by [0-9.]*, .*: 150 held-out rows, loss' half.log
grep -Eq '^kept .*(learned from all rows; the trial without 150 of them|150 held-out rows)' half.log

# Where no held-out row is wrong, nothing says how sure the classifier may be: not surer than it learned to be.
awk 'BEGIN { for (r = 0; r < 600; r++) { line = ""; for (i = 0; i < 12; i++) line = line "," (int(i / 4) == r % 3); print substr(line, 2) } }' >clean.csv
awk 'BEGIN { for (r = 0; r < 600; r++) print "abc" r % 3 }' >clean_labels.txt
"$boltz" train rbm --data clean.csv --hidden 8 --out repo/simple --epochs 20 --log none >/dev/null 2>&1
"$boltz" finetune repo/simple --data clean.csv --labels clean_labels.txt --adversarial 0 --epochs 60 --out repo/clean 2>clean.log >/dev/null
grep -q 'error 0.0000, loss .* at temperature 1.000 ' clean.log || { cat clean.log; exit 1; }

# The file records what the classifier is and which settings were chosen for it.
"$boltz" inspect repo/half >half.txt
grep -q '^  visible + hidden2 -> 8 -> 4 -> 3 classes, logistic units, temperature' half.txt
grep -q '^  classes: ant bee cat$' half.txt
"$boltz" inspect repo/half --json | python3 -c '
import json, sys
model = json.load(sys.stdin)
assert model["classifier"]["units"] == [8, 4, 3] and model["classifier"]["classes"] == ["ant", "bee", "cat"], model["classifier"]
training = model["training"]
assert training["learning_rate"] > 0 and training["dropout"] == 0, training
# A network that gets stuck when it learns from all rows gives way to that of the trial.
assert training["labelled_rows"] == (600 if training["held_out_rows_learned"] else 450) and training["held_out_rows"] == 150, training
tried = training["trials"]
assert len(tried) in (2, 3) and tried[0]["adversarial"] == 0, tried
best = min(tried, key=lambda t: t["held_out_loss"])
assert training["adversarial"] == best["adversarial"] and training["held_out_loss"] == best["held_out_loss"], training'
"$boltz" inspect repo/half --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["training"]["held_out_rows_learned"])' >kept.txt
# What is said of rows and updates is what is done: an epoch is a pass through the rows that are learned from.
"$boltz" finetune repo/plain --data train.csv --labels train_labels.txt --adversarial 0 --epochs 7 --batch 50 --out repo/counted 2>counted.log >/dev/null
grep -q '^540 rows to learn from, 60 held out; 77 updates of 50 rows$' counted.log
grep -q '^update 77: ' counted.log
if grep -q '^tried' counted.log; then exit 1; fi
# Trials are not decided by a handful of rows, or none.
for _ in 1 2 3 4 5 6 7 8 9; do cat train.csv; done >more.csv
for _ in 1 2 3 4 5 6 7 8 9; do cat train_labels.txt; done >more_labels.txt
"$boltz" finetune repo/plain --data more.csv --labels more_labels.txt --epochs 1 --valid-fraction 1e-4 --out repo/more 2>more.log >/dev/null
grep -q '^tried no shifted rows, .*: 540 held-out rows, loss' more.log

# The report shows how far probabilities can be trusted: the held-out rows of all bins; a classifier that was not calibrated says so.
grep -q 'neither measured nor corrected' repo/few/1/report.html
python3 - <<'PY'
import re
page = open("repo/half/1/report.html").read()
rows = [(float(p), float(a), int(n)) for p, a, n in re.findall(r"<tr><td>([0-9.]+)</td><td>([0-9.]+)</td><td>(\d+)</td></tr>", page)]
assert sum(n for _, _, n in rows) == 150 and all(0 <= a <= 1 for _, a, _ in rows), rows
assert "boltz finetune MODEL" in page and "boltz train" not in page
# Curves are those of the network that is kept: a run that learned from all rows has none of held-out ones.
assert ("held out</span>" in page) == (open("kept.txt").read().strip() == "False"), open("kept.txt").read()
assert "<svg" in page and "Reliability" in page
PY

error() { "$boltz" evaluate "$1" --data test.csv --labels test_labels.txt --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["error_rate"])'; }
# Bayes' rule is wrong for about one row in fifty here; a class drawn at random for two in three.
python3 -c "import sys; assert all(float(x) < .1 for x in sys.argv[1:]), sys.argv" "$(error repo/few)" "$(error repo/half)"

# One label per class, and the network's own answers for the other rows: perturbed rows must give the same answers.
"$boltz" finetune repo/plain --data train.csv --labels train_labels.txt --labels-per-class 1 --unlabelled 1 --adversarial 0.7 --adversarial-norm l2 \
    --adversarial-target own --out repo/own >/dev/null 2>&1
python3 -c "import sys; assert float(sys.argv[1]) < .1, sys.argv" "$(error repo/own)"
if "$boltz" finetune repo/plain --data train.csv --labels train_labels.txt --adversarial-target own --out repo/x 2>message; then exit 1; fi
grep -q -- '--adversarial-target: requires --adversarial' message

# Classes that are numbers from 0 in a file of numbers are returned as numbers, others by their names.
python3 - <<'PY'
labels = [("ant", "bee", "cat").index(line.strip()) for line in open("train_labels.txt")]
for first in 0, 1:
    open("from%d.idx" % first, "wb").write(b"\0\0\x08\x01" + len(labels).to_bytes(4, "big") + bytes(first + c for c in labels))
PY
for first in 0 1; do
    "$boltz" finetune repo/plain --data train.csv --labels from$first.idx --epochs 20 --out repo/from$first >/dev/null 2>&1
done
"$boltz" train rbm --data train.csv --labels from0.idx --objective hybrid --hidden 4 --epochs 20 --log none --out repo/layer >/dev/null 2>&1
"$boltz" evaluate repo/from0 --data train.csv --labels from0.idx --json >/dev/null 2>&1
"$boltz" evaluate repo/layer --data train.csv --labels from0.idx --json >/dev/null 2>&1

# Labels in front of the rows of an svmlight file are what finetune learns; train learns a layer of them if --labels names the file itself.
python3 - <<'PY'
labels = [("ant", "bee", "cat").index(line.strip()) for line in open("train_labels.txt")]
rows = [line.strip().split(",") for line in open("train.csv")]
with open("train.svm", "w") as out:
    for label, row in zip(labels, rows):
        out.write(" ".join([str(label)] + ["%d:1" % (i + 1) for i, x in enumerate(row) if x == "1"]) + "\n")
PY
"$boltz" finetune repo/plain --data train.svm --out repo/front >/dev/null 2>&1
"$boltz" evaluate repo/front --data train.svm --json 2>/dev/null | python3 -c 'import json,sys; assert json.load(sys.stdin)["error_rate"] < .1'
"$boltz" train rbm --data train.svm --hidden 4 --updates 10 --log text --out repo/none >/dev/null 2>message
grep -q -- 'what --labels train.svm adds' message
"$boltz" train rbm --data train.svm --labels train.svm --hidden 4 --updates 10 --out repo/taught >/dev/null 2>&1
"$boltz" inspect repo/taught | grep -q '^  label  *label  *softmax  *3 units'

# The same run gives the same bytes.
"$boltz" finetune repo/plain --data train.csv --labels train_labels.txt --labels-per-class 10 --out again/few --threads 1 2>/dev/null >/dev/null
cmp repo/few/1/model.safetensors again/few/1/model.safetensors

# Levels that hardly vary, and whole numbers of which many columns hardly vary, as at the edge of a picture: the network reads them in one unit.
python3 - <<'PY'
import random
random.seed(6)
with open("flat.csv", "w") as flat, open("edge.csv", "w") as edge, open("kinds.txt", "w") as kinds:
    for i in range(900):
        k = random.randrange(3)
        flat.write(",".join(str(round(random.gauss(128 + 3 * (j // 4 == k), 2))) for j in range(12)) + "\n")
        edge.write(",".join(str(min(max(round(random.gauss(6 + 4 * (j // 2 == k), 2)), 0), 16)) for j in range(6)) + "," +
                   ",".join(str(int(random.random() < .03)) for _ in range(30)) + "\n")
        kinds.write("%d\n" % k)
PY
for n in flat edge; do
    "$boltz" train rbm --data $n.csv --hidden 12 --updates 300 --out repo/$n --log none >/dev/null 2>&1
    for part in train:head:600 test:tail:300; do
        IFS=: read -r to cut rows <<<"$part"
        for f in $n.csv kinds.txt; do $cut -n "$rows" $f >"$to-$f"; done
    done
    "$boltz" finetune repo/$n --data train-$n.csv --labels train-kinds.txt --adversarial 0 --epochs 40 --out repo/$n-classes 2>$n.log >/dev/null
    grep -q 'first layer gets 244 units with random weights beside the 12 of the machine' $n.log
    "$boltz" evaluate repo/$n-classes --data test-$n.csv --labels test-kinds.txt --json 2>/dev/null >$n.json
    "$boltz" inspect repo/$n-classes --json | python3 -c 'import json, sys; assert json.load(sys.stdin)["training"]["scaled_inputs"] == ["visible"]'
done
grep -q '^layer visible: levels vary little' flat.log
grep -q '^layer visible: the network measures all values in one unit' edge.log
python3 -c 'import json; e = [json.load(open(n + ".json"))["error_rate"] for n in ("flat", "edge")]; assert e[0] < .06 and e[1] < .05, e'
# What was asked for is meant for inputs as they are; no units are added where none are wanted.
"$boltz" finetune repo/flat --data train-flat.csv --labels train-kinds.txt --noise 0.1 --units 0 --epochs 1 --out repo/noisy 2>noisy.log >/dev/null
if grep -q 'vary little\|units:' noisy.log; then exit 1; fi
if "$boltz" finetune repo/flat --data train-flat.csv --labels train-kinds.txt --units 3 --out repo/x 2>message; then exit 1; fi
grep -q -- '--units: expected at least the 12' message

# Numbers with gaps: a machine of covariances has nothing for a network to start from, but fills in what that reads.
awk 'BEGIN { srand(5); print "a,b,c"; for (r = 0; r < 400; r++) { z = rand() * 2 - 1 + 2 * (r % 2); print z "," (rand() < .2 ? "" : z + rand() / 5) "," rand() } }' >gaps.csv
awk 'BEGIN { for (r = 0; r < 400; r++) print r < 100 ? "k" r % 2 : "" }' >gap_labels.txt
awk 'BEGIN { for (r = 0; r < 400; r++) print "k" r % 2 }' >gap_truth.txt
"$boltz" train rbm --data gaps.csv --missing infer --updates 300 --out repo/gaps --log none >/dev/null 2>&1
"$boltz" finetune repo/gaps --data gaps.csv --labels gap_labels.txt --missing infer --epochs 200 --out repo/gap_classes 2>gaps.log >/dev/null
grep -q 'no layer of bernoulli units (train --hidden N' gaps.log
"$boltz" evaluate repo/gap_classes --data gaps.csv --labels gap_truth.txt --missing infer --json 2>/dev/null |
    python3 -c 'import json, sys; e = json.load(sys.stdin)["error_rate"]; assert e < .05, e'
if "$boltz" finetune repo/gaps --data gaps.csv --labels gap_labels.txt --missing infer --layer hidden --out repo/x 2>message; then exit 1; fi
grep -q "its units are gaussian" message

# A layer of classes hardly learns from few labels: it is said what does.
"$boltz" train rbm --data gaps.csv --labels gap_labels.txt --missing infer --hidden 4 --updates 10 --out repo/x >/dev/null 2>joint.log
grep -q '100 of 400 rows have a class.*boltz finetune' joint.log

# Rectified units with normalised sums: a plain network in the file.
if "$boltz" finetune repo/edge --data train-edge.csv --labels train-kinds.txt --hidden-noise 0.1 --out repo/x 2>message; then exit 1; fi
grep -q -- '--hidden-noise: requires --activation rectified' message
"$boltz" finetune repo/edge --data train-edge.csv --labels train-kinds.txt --activation rectified --noise 0.1 --hidden-noise 0.3 --adversarial 0.3 --epochs 20 --dropout 0 --input-dropout 0 --out repo/rectified >/dev/null 2>&1
"$boltz" evaluate repo/rectified --data test-edge.csv --labels test-kinds.txt --json 2>/dev/null |
    python3 -c 'import json, sys; e = json.load(sys.stdin)["error_rate"]; assert e < .06, e'
"$boltz" inspect repo/rectified >rectified.txt
grep -q "rectified units" rectified.txt
if "$boltz" finetune repo/edge --data train-edge.csv --labels train-kinds.txt --activation rectified --batch 1 --out repo/x 2>message; then exit 1; fi
grep -q -- '--batch 1: expected at least 2 with --activation rectified' message
"$boltz" finetune repo/plain --data train.csv --labels train_labels.txt --labels-per-class 20 --activation rectified --hidden 5 --epochs 300 --precision f16 \
    --out repo/relu >/dev/null 2>&1
python3 -c "import sys; assert float(sys.argv[1]) < .1, sys.argv" "$(error repo/relu)"
"$boltz" index repo/relu --data train.csv >/dev/null 2>&1

# Too few rows to hold any out: no figures are made up from none.
"$boltz" finetune repo/plain --data test.csv --predict any --epochs 1 --out repo/any 2>any.log >/dev/null
grep -q 'no rows were held out' any.log
if grep -q nan any.log; then exit 1; fi

# Refusals.
if "$boltz" finetune repo/plain --data train.csv --out repo/x 2>message; then exit 1; fi
grep -q -- '--labels' message
sed 's/cat/cow/' test_labels.txt >other.txt
if "$boltz" evaluate repo/few --data test.csv --labels other.txt --json 2>message >/dev/null; then exit 1; fi
grep -q "row $(grep -n cow other.txt | head -1 | cut -d: -f1): 'cow', expected one of the model's 3 classes: ant to cat" message

"$boltz" evaluate repo/few --data test.csv --labels other.txt --unknown missing --json 2>message >found.json
grep -q "$(grep -c cow other.txt) rows have a class that the model does not know" message
python3 -c 'import json; f = json.load(open("found.json")); assert f["error_rate"] < .5 and f["labelled_rows"] < f["rows"], f'
# Two classes that are not the model's first two: p(class 1) does not rank them. No classes at all: nothing is compared, and that is said.
grep -v ant test_labels.txt >two.txt
paste -d, test_labels.txt test.csv | grep -v ^ant | cut -d, -f2- >two.csv
"$boltz" evaluate repo/few --data two.csv --labels two.txt --json 2>/dev/null |
    python3 -c 'import json, sys; f = json.load(sys.stdin); assert f["error_rate"] < .5 and f["auroc"] is None, f'
"$boltz" evaluate repo/plain --data test.csv --labels test_labels.txt 2>message >/dev/null
grep -q 'labels are compared with nothing: the model has no label layer' message
"$boltz" evaluate repo/plain --data two.csv --labels two.txt 2>message >/dev/null
grep -q "higher in rows of 'cat' than of 'bee'" message

# Multi-prediction: one layer from the other, better than by likelihood alone; its log Z and classifier are gone, and it can be served.
cut -d, -f1-8 train.csv >left.csv; cut -d, -f9-12 train.csv >right.csv
cut -d, -f1-8 test.csv >left_test.csv; cut -d, -f9-12 test.csv >right_test.csv
"$boltz" train rbm --data left=left.csv --data right=right.csv --hidden 6 --epochs 2 --out repo/pair --log none >/dev/null
"$boltz" finetune repo/pair --data left=left.csv --data right=right.csv --predict right --out repo/told 2>told.log >path
grep -q '^540 rows to learn from, 60 held out; 3000 updates of 100 rows, 3 sweeps' told.log
[ "$(cat path)" = repo/told/1 ]
map() { "$boltz" evaluate "$1" --data left=left_test.csv --data right=right_test.csv --predict right --top 2 --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["map"])'; }
python3 -c "import sys; assert float(sys.argv[2]) > .7 and float(sys.argv[2]) > float(sys.argv[1]), sys.argv" "$(map repo/pair)" "$(map repo/told)"
"$boltz" inspect repo/told --json | python3 -c 'import json,sys; t=json.load(sys.stdin)["training"]; assert t["algorithm"] == "multi-prediction" and t["held_out_loss"] < t["held_out_loss_before"], t'
# Names and probabilities: the same from the tool and over HTTP (below), by mean field and as averages over draws.
"$boltz" reconstruct repo/told --data left=left_test.csv --predict right --top 2 --out names.csv 2>/dev/null
for way in "mean" "state --steps 2000"; do
    # shellcheck disable=SC2086
    "$boltz" reconstruct repo/pair --data left=left_test.csv --predict right --top 2 --type $way 2>/dev/null >"pair-${way%% *}.csv"
done
python3 - <<'PY'
import csv
names, means, drawn = ([r for r in csv.reader(open(f))] for f in ("names.csv", "pair-mean.csv", "pair-state.csv"))
assert names[0] == drawn[0] == ["name_1", "probability_1", "name_2", "probability_2"], names[0]
assert len(names) == len(drawn) == 301
for r in names[1:] + drawn[1:]:
    assert 1 >= float(r[1]) >= float(r[3]) >= 0, r
away = [abs(float(a[1]) - float(b[1])) for a, b in zip(means[1:], drawn[1:])]
assert sum(away) / len(away) < .1, sum(away) / len(away)
PY
if "$boltz" reconstruct repo/told --data left=left_test.csv --predict left 2>message; then exit 1; fi
grep -q 'no other visible layer' message
if "$boltz" finetune repo/pair --data left=left.csv --predict left --out repo/x 2>message; then exit 1; fi
grep -q 'no other visible layer' message
if "$boltz" finetune repo/pair --data left=left.csv --data right=right.csv --predict right --hidden 5 --out repo/x 2>message; then exit 1; fi
grep -q -- '--hidden: applies to the classifier' message

serve repo
row='[1,1,1,1,0,0,0,0,0,1,0,0]'
curl -sf "127.0.0.1:$port/v1/models/told/reconstruct?predict=right&top=2" -d "{\"inputs\":{\"left\":[[$(head -1 left_test.csv)]]}}" >told.json
python3 - <<'PY'
import csv, json
told, line = json.load(open("told.json")), list(csv.reader(open("names.csv")))[1]
assert told["layer"] == "right" and [str(n) for n in told["names"][0]] == line[0::2], (told, line)
assert all(abs(p - float(q)) < 1e-5 for p, q in zip(told["probabilities"][0], line[1::2])), (told, line)
PY
for of in 'from0 0' 'layer 0' 'from1 "1"'; do
    curl -sf "127.0.0.1:$port/v1/models/${of% *}/classify?top=1" -d "{\"inputs\":[$row]}" >number.json
    grep -qF "\"classes\":[[${of#* }]]" number.json || { echo "FAILED: $of: $(cat number.json)"; exit 1; }
done
for m in few relu; do
    curl -sf "127.0.0.1:$port/v1/models/$m/classify" -d "{\"inputs\":[$row,$row]}" >$m.whole.json
    curl -sf "127.0.0.1:$port/v1/models/$m/classify" -d '{"inputs":[[null,null,null,null,0,0,0,0,0,1,0,0]]}' >$m.gaps.json
    curl -sf "127.0.0.1:$port/v1/models/$m" >$m.model.json
    curl -sf "127.0.0.1:$port/v2/models/$m/infer" \
        -d "{\"inputs\":[{\"name\":\"visible\",\"shape\":[1,12],\"datatype\":\"FP32\",\"data\":$row}],\"outputs\":[{\"name\":\"classes\"}]}" >$m.v2.json
done
curl -sf "127.0.0.1:$port/v1/models/relu/neighbors?k=1" -d "{\"inputs\":[$row]}" | grep -q '"indices"'
curl -sf "127.0.0.1:$port/v1/models/few/parameters/classifier.1.weight" >tensor.json
status=$(curl -s -o refused.json -w '%{http_code}' "127.0.0.1:$port/v1/models/plain/classify" -d "{\"inputs\":[$row]}")
[ "$status" = 400 ]
grep -q finetune refused.json

# By hand: iterate the machine's mean field to its fixed point, then apply the network.
python3 - <<'PY'
import json, math, struct
def read(path):
    data = open(path, "rb").read()
    n = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + n])
    tensors = {}
    for name, t in header.items():
        if name != "__metadata__":
            a, b = t["data_offsets"]
            code, size = {"F32": ("f", 4), "F16": ("e", 2)}[t["dtype"]]
            tensors[name] = (t["shape"], struct.unpack("<%d%s" % ((b - a) // size, code), data[8 + n + a:8 + n + b]))
    return header["__metadata__"], tensors
sigmoid = lambda x: 1 / (1 + math.exp(-x))
activations = {"logistic": sigmoid, "rectified": lambda x: max(x, 0)}
def by_hand(name):
    meta, t = read("repo/%s/1/model.safetensors" % name)
    classifier = json.loads(meta["classifier"])
    def weights(name):
        (rows, columns), w = t[name]
        return lambda i, j: w[i * columns + j]
    def offset(name, n):
        return t[name + ".offset"][1] if name + ".offset" in t else [0] * n
    v = [1, 1, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0]
    n1, n2 = 8, 4
    W1, W2 = weights("visible~hidden1.weight"), weights("hidden1~hidden2.weight")
    o, o1, o2 = offset("visible", 12), offset("hidden1", n1), offset("hidden2", n2)
    b1, b2 = t["hidden1.bias"][1], t["hidden2.bias"][1]
    h1, h2 = [.5] * n1, [.5] * n2
    for _ in range(500):
        h1 = [sigmoid(b1[j] + sum((v[i] - o[i]) * W1(i, j) for i in range(12)) + sum((h2[k] - o2[k]) * W2(j, k) for k in range(n2)))
              for j in range(n1)]
        h2 = [sigmoid(b2[k] + sum((h1[j] - o1[j]) * W2(j, k) for j in range(n1))) for k in range(n2)]
    values = {"visible": v, "hidden2": h2}
    x = [a for name in classifier["inputs"] for a in values[name]]
    for k in range(1, classifier["stages"] + 1):
        (rows, columns), w = t["classifier.%d.weight" % k]
        x = [t["classifier.%d.bias" % k][1][j] + sum(x[i] * w[i * columns + j] for i in range(rows)) for j in range(columns)]
        if k < classifier["stages"]:
            x = [activations[classifier["activation"]](a) for a in x]
    top = [math.exp(a / classifier["temperature"]) for a in x]
    p = [a / sum(top) for a in top]
    whole, gaps, model, v2 = (json.load(open("%s.%s.json" % (name, f))) for f in ("whole", "gaps", "model", "v2"))
    assert model["classes"] == classifier["classes"] and sorted(model["classes"]) == ["ant", "bee", "cat"], model["classes"]
    for classes, probabilities in zip(whole["classes"], whole["probabilities"]):
        assert classes[0] == "ant" and abs(sum(probabilities) - 1) < 1e-5
        for c, q in zip(classes, probabilities):
            assert abs(p[classifier["classes"].index(c)] - q) < 1e-4, (p, classes, probabilities)
    assert whole["probabilities"][0] == whole["probabilities"][1]
    assert all(abs(a - b) < 1e-4 for a, b in zip(p, v2["outputs"][0]["data"])), v2
    # Unknown values are filled in: the other two patterns are ruled out, so it is the first.
    assert gaps["classes"][0][0] == "ant", gaps
    return t, classifier["activation"]
t, activation = by_hand("few")
tensor = json.load(open("tensor.json"))
shape, w = t["classifier.1.weight"]
assert activation == "logistic" and tensor["shape"] == shape and all(abs(a - b) < 1e-6 for a, b in zip(sum(tensor["data"], []), w)), tensor["shape"]
assert by_hand("relu")[1] == "rectified"
PY
