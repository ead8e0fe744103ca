#!/usr/bin/env bash
# A table of bits that encode letters in one-hot columns: the groups are found, rows stay bits everywhere, the model's probabilities of
# all rows with at most one bit per group sum to 1, and a row with two is refused and named.
set -euo pipefail

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"

# Four letters out of four, each as three columns (one of the four is 000) that are not adjacent; a letter mostly repeats the one before.
python3 - <<'EOF'
import itertools, random
random.seed(3)
def write(name, rows):
    with open(name, "w") as out:
        print(",".join("%s%d" % (c, g) for c in "acg" for g in range(4)), file=out)
        for row in rows:
            print(",".join(str(int(row[g] == k)) for k in range(3) for g in range(4)), file=out)
rows = []
for _ in range(800):
    row = [random.randrange(4)]
    while len(row) < 4:
        row.append(row[-1] if random.random() < 0.7 else random.randrange(4))
    rows.append(row)
write("rows.csv", rows)
write("all.csv", itertools.product(range(4), repeat=4))
EOF
train=(train rbm --data rows.csv --hidden 6 --updates 2000 --learning-rate 0.3 --threads 1)
"$boltz" "${train[@]}" --out repo/letters 2>log || fail "training: $(cat log)"
grep -q "12 of 12 columns form 4 groups of which no row has two ('a0' and 'c0', for one).*--groups off" log || fail "said: $(cat log)"
"$boltz" "${train[@]}" --groups off --out repo/bits 2>log || fail "training with --groups off: $(cat log)"
! grep -q 'groups of which no row' log || fail "--groups off found groups"
"$boltz" inspect repo/letters | grep -q 'exclusive .*4 groups of which at most one is on' || fail "inspect"

log_p() { "$boltz" evaluate "repo/$1" --data rows.csv --exact --json 2>/dev/null | python3 -c 'import json,sys; print(json.load(sys.stdin)["log_prob_mean"])'; }
letters=$(log_p letters) bits=$(log_p bits)
python3 -c "import sys; sys.exit(not $letters > $bits + 0.05 or not -4.3 < $letters < -3.7)" || fail "log p $letters, of bits $bits"

"$boltz" evaluate repo/letters --data rows.csv --exact --save >/dev/null 2>&1
"$boltz" score repo/letters --data all.csv --out all-p.csv 2>/dev/null
python3 - <<'EOF' || fail "the probabilities of all rows do not sum to 1"
import csv, math, sys
total = sum(math.exp(float(row["log_prob"])) for row in csv.DictReader(open("all-p.csv")))
sys.exit(not abs(total - 1) < 1e-4)
EOF
"$boltz" sample repo/letters --count 300 --steps 20 --seed 1 --out samples.csv 2>/dev/null
awk -F, 'NR > 1 { for (g = 1; g <= 4; g++) if ($g + $(g + 4) + $(g + 8) > 1) exit 1 }' samples.csv || fail "a sample has two bits of a group"

{ head -1 rows.csv; echo 1,0,0,0,1,0,0,0,0,0,0,0; } >two.csv
if "$boltz" score repo/letters --data two.csv --out x.csv 2>log; then fail "a row with two bits of a group was scored"; fi
grep -q "row 1.*a0.*c0.*no probability.*--groups off" log || fail "the refusal: $(cat log)"
if "$boltz" "${train[@]}" --init repo/letters --groups off --out repo/apart 2>log; then fail "--groups off with a model of groups"; fi
grep -q -- "--groups off: layer \"visible\" of --init.*exclude" log || fail "the refusal: $(cat log)"
if "$boltz" export repo/letters --out x.npz 2>log; then fail "exported to a program that knows bits only"; fi
grep -q "visible.*exclusive.*--groups off" log || fail "the refusal: $(cat log)"
"$boltz" export repo/bits --out x.npz 2>log || fail "export of bits: $(cat log)"
"$boltz" score repo/bits --data two.csv --out x.csv 2>log || fail "bits: $(cat log)"

# The model learns to fill in choices from one another, with whole choices hidden at a time.
"$boltz" finetune repo/letters --data rows.csv --predict any --epochs 40 --threads 1 --out told/letters >/dev/null 2>log || fail "multi-prediction: $(cat log)"
"$boltz" inspect told/letters --json | python3 -c 'import json,sys; t=json.load(sys.stdin)["training"]; sys.exit(not 0 < t["held_out_loss"] < t["held_out_loss_before"])' ||
    fail "multi-prediction: $(cat log)"

boltzd=$BIN_DIR/boltzd
if [ -x "$boltzd" ] && command -v curl >/dev/null; then
    "$boltzd" --model-repository repo --listen 127.0.0.1:0 2>server.log & pid=$!
    for _ in $(seq 100); do url=$(grep -o 'http://127.0.0.1:[0-9]*' server.log | head -1) && [ -n "$url" ] && break; sleep 0.1; done
    ask() { curl -s "$url/v1/models/letters$1" "${@:2}"; }
    ask "" | grep -q '"exclusive":\[\[0,4,8\],' || fail "the model's description: $(ask "")"
    ask /free-energy -d '{"inputs":[[1,0,0,0,0,1,0,0,0,0,0,0]]}' | grep -q '"log_prob":\[-' || fail "a row of bits"
    ask /free-energy -d '{"inputs":[[1,0,0,0,1,0,0,0,0,0,0,0]]}' | grep -q '"status":400.*units 0 and 4.*no probability' || fail "a row with two"
    # Known bits restrict what the others of their group can be.
    ask /reconstruct -d '{"inputs":[[1,0,0,0,null,null,null,null,null,null,null,null]]}' |
        python3 -c 'import json,sys; r=json.load(sys.stdin)["reconstruction"][0]; sys.exit(not (r[0] == 1 and r[4] == r[8] == 0 and 0 < r[5] < 1))' ||
        fail "reconstruction of a row with one bit known"
fi
