#!/usr/bin/env bash
# What may follow a training run: training again on all rows once the held-out ones have decided (--refit), and more epochs after its end.
set -euo pipefail

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"
needs python3

digest() { sha256sum <"$1/model.safetensors" | cut -d' ' -f1; }
record() { python3 -c 'import json, struct, sys
f = open(sys.argv[1] + "/model.safetensors", "rb")
t = json.loads(json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))["__metadata__"]["training"])
print(t.get(sys.argv[2]))' "$1" "$2"; }

# A mixture of four patterns of 40 bits: 120 rows to learn from, of which 50 are held out, and 1000 others to test on.
python3 - <<'PY'
import random
random.seed(4)
patterns = [[random.random() < .5 for _ in range(40)] for _ in range(4)]
def write(name, n):
    with open(name, "w") as f:
        for _ in range(n):
            f.write(",".join(str(int(b ^ (random.random() < .15))) for b in random.choice(patterns)) + "\n")
write("rows.csv", 120)
write("others.csv", 1000)
PY
log_p() { "$boltz" evaluate "$1" --data others.csv --exact --json 2>/dev/null | python3 -c 'import json,sys; print(json.load(sys.stdin)["log_prob_mean"])'; }
train=("$boltz" train rbm --data rows.csv --hidden 10 --updates 2000 --threads 2)
"${train[@]}" --out repo/part >/dev/null 2>&1
"${train[@]}" --refit on --out repo/all >/dev/null 2>log || fail "refit: $(cat log)"
grep -q 'afresh on all 120 rows' log || fail "the log does not say it: $(cat log)"
[ "$(record repo/part/1 rows) $(record repo/part/1 valid_rows)" = "70 50" ] || fail "rows held out"
[ "$(record repo/all/1 rows) $(record repo/all/1 valid_rows) $(record repo/all/1 refitted_rows)" = "120 0 50" ] || fail "rows of the refit"
[ "$(record repo/all/1 log_prob)" = "$(record repo/part/1 log_prob)" ] || fail "log p of held-out rows is not that of the first run"
python3 -c "import sys; sys.exit(not $(log_p repo/all) > $(log_p repo/part) + 0.2)" || fail "more rows do not help: $(log_p repo/part), $(log_p repo/all)"

# Interrupted while training on all rows, and resumed: the same bits as an uninterrupted run.
"${train[@]}" --refit on --checkpoint-every 20 --out repo/broken >/dev/null 2>&1 & run=$!
for _ in $(seq 600); do [ -e repo/broken/.train/first.safetensors ] && break; sleep 0.05; done
kill -INT $run
if ! wait $run; then "${train[@]}" --refit on --checkpoint-every 20 --out repo/broken --resume >/dev/null 2>&1 || fail "resuming a refit"; fi
[ "$(digest repo/all/1)" = "$(digest repo/broken/1)" ] || fail "an interrupted refit differs from an unbroken one"

# If there is nothing to decide by, it is refused, or the message says so.
refuse() { if "$boltz" train "${@:2}" --refit on --out repo/no >/dev/null 2>said; then fail "accepted: ${*:2}"; fi; grep -q -- "$1" said || fail "refusal: $(cat said)"; }
refuse 'early-stopping' rbm --data rows.csv --hidden 4 --updates 50 --early-stopping off --algorithm pcd
refuse 'early-stopping' dbm --data rows.csv --hidden 4,2 --updates 50
refuse '--valid' rbm --data rows.csv --hidden 4 --updates 50 --valid others.csv
"${train[@]}" --updates 50 --valid-fraction 0 --refit on --out repo/none >/dev/null 2>said
grep -q 'no rows are held out' said || fail "nothing held out is not said"

# Few rows, none of them held out: the message says so. It also says what a run took, in comparable figures.
head -60 rows.csv >few.csv
"$boltz" train rbm --data few.csv --hidden 4 --updates 50 --out repo/few >/dev/null 2>said
grep -q 'fewer than 100 rows: none are held out' said || fail "few rows: $(cat said)"
grep -q 'training took .* updates a second; [0-9]* MB of memory at most' said || fail "what it took: $(cat said)"

# --refit auto: some of them decide on the length, and then all are learned from: independent columns are not learned by heart, and nothing
# is lost to a machine of their means.
python3 - <<'PY'
import math, random
random.seed(5)
rates = [random.uniform(.05, .95) for _ in range(20)]
rows = [[int(random.random() < q) for q in rates] for _ in range(40)]
with open("means.csv", "w") as f:
    f.writelines(",".join(map(str, r)) + "\n" for r in rows)
with open("means.test.csv", "w") as f:
    for _ in range(1000):
        f.write(",".join(str(int(random.random() < q)) for q in rates) + "\n")
fitted = [(sum(c) + .5) / (len(rows) + 1) for c in zip(*rows)]
test = [list(map(int, l.split(","))) for l in open("means.test.csv")]
print(sum(math.log(q if b else 1 - q) for r in test for b, q in zip(r, fitted)) / len(test), file=open("means", "w"))
PY
"$boltz" train rbm --data means.csv --hidden 6 --k 1 --threads 2 --refit auto --out repo/means >/dev/null 2>said
grep -q 'few rows: 10 of the 40 are held out' said || fail "how few rows are learned: $(cat said)"
[ "$(record repo/means/1 rows) $(record repo/means/1 valid_rows) $(record repo/means/1 refitted_rows)" = "40 0 10" ] || fail "rows of few"
log_p=$("$boltz" evaluate repo/means --data means.test.csv --exact --json 2>/dev/null | python3 -c 'import json,sys; print(json.load(sys.stdin)["log_prob_mean"])')
python3 -c "import sys; sys.exit(not $log_p > $(cat means) - 0.1)" || fail "learned by heart: $log_p, independent columns $(cat means)"

# By default each quarter of so few rows decides in turn: nothing is gained from independent columns; of two patterns learning is of use
# until their noise is learned; bars are worth learning to the end, as before.
few=("$boltz" train rbm --hidden 6 --k 1 --threads 2)
"${few[@]}" --data means.csv --out repo/kept >/dev/null 2>said
grep -q 'quarters of the rows gain nothing by learning from the others: the initial machine is kept' said || fail "quarters of columns: $(cat said)"
[ "$(record repo/kept/1 rows) $(record repo/kept/1 best_update_of_quarters) $(record repo/kept/1 updates) $(record repo/kept/1 start_kept)" = "40 0 0 True" ] || fail "the record of quarters"
log_p=$("$boltz" evaluate repo/kept --data means.test.csv --exact --json 2>/dev/null | python3 -c 'import json,sys; print(json.load(sys.stdin)["log_prob_mean"])')
python3 -c "import sys; sys.exit(not $log_p > $(cat means) - 0.1)" || fail "learned by heart: $log_p, independent columns $(cat means)"
head -n 12 means.csv >twelve.csv
"${few[@]}" --data twelve.csv --out repo/twelve >/dev/null 2>said
log_p=$("$boltz" evaluate repo/twelve --data means.test.csv --exact --json 2>/dev/null | python3 -c 'import json,sys; print(json.load(sys.stdin)["log_prob_mean"])')
columns=$(python3 -c '
import math
rows, test = ([list(map(int, line.split(","))) for line in open(f)] for f in ("twelve.csv", "means.test.csv"))
rates = [(sum(c) + .5) / 13 for c in zip(*rows)]
print(sum(math.log(q if x else 1 - q) for r in test for x, q in zip(r, rates)) / len(test))')
python3 -c "import sys; sys.exit(not $log_p > $columns - 0.1)" || fail "twelve rows are learned by heart: $log_p, independent columns $columns"
if "${few[@]}" --data means.csv --out repo/kept --resume >/dev/null 2>said; then fail "went on without anything to do"; fi
grep -q 'is the end of this run' said || fail "the end of a run that quarters decided: $(cat said)"
python3 - <<'PY'
import random
random.seed(7)
patterns = [[random.randrange(2) for _ in range(12)] for _ in range(2)]
with open("noisy.csv", "w") as f:
    f.writelines(",".join(str(int(b ^ (random.random() < .1))) for b in random.choice(patterns)) + "\n" for _ in range(36))
PY
"${few[@]}" --data noisy.csv --learning-rate 0.05 --out repo/noisy >/dev/null 2>said
grep -q 'quarters of the rows gain by learning from the others until update [0-9]* ' said || fail "quarters of patterns: $(cat said)"
python3 -c "import sys; sys.exit(not 0 < $(record repo/noisy/1 best_update_of_quarters) < $(record repo/noisy/1 updates) < 5000)" || fail "its length"

# Interrupted in its main part it goes on by what quarters have said, to the same bits; before that there is nothing to go on from.
interrupt() { # LINE, then the run; false if it ended before the signal arrived
    local line=$1 said code=0 run
    shift
    mkfifo saying
    "$@" >/dev/null 2>saying &
    run=$!
    while read -r said; do
        echo "$said"
        # shellcheck disable=SC2053
        [[ $said != $line ]] || kill -TERM "$run" 2>/dev/null || true
    done <saying >said
    wait "$run" || code=$?
    rm saying
    [ "$code" = 143 ]
}
again=("${few[@]}" --data noisy.csv --learning-rate 0.05 --out repo/again)
interrupt '*decide how long*' "${again[@]}" || fail "not interrupted: $(cat said)"
"${again[@]}" --resume >/dev/null 2>said || fail "resumed where quarters decided: $(cat said)"
grep -q 'decide how long' said || fail "quarters that were interrupted do not decide: $(cat said)"
[ "$(digest repo/again/1)" = "$(digest repo/noisy/1)" ] || fail "another model after an interrupt of quarters: $(cat said)"
rm -rf repo/again
for _ in 1 2 3 4 5 6; do
    rm -rf repo/again
    if interrupt 'training: *' "${again[@]}"; then break; fi
done
"${again[@]}" --resume >/dev/null 2>said || fail "resumed: $(cat said)"
if grep -q 'decide how long' said; then fail "quarters decide again"; fi
[ "$(digest repo/again/1)" = "$(digest repo/noisy/1)" ] || fail "another model after an interrupt: $(cat said)"

# One odd value of a column that is constant otherwise is no reason to learn nothing. With labels nothing is decided by log p.
python3 - <<'PY'
import random
random.seed(7)
with open("odd.csv", "w") as f:
    for row in range(32):
        bits = [random.randrange(2) for _ in range(2)]
        f.write(",".join(str(int(bits[i % 2] ^ (random.random() < .05))) for i in range(10)) + (",5.5\n" if row == 17 else ",0.5\n"))
PY
"$boltz" train rbm --hidden 3 --k 1 --threads 2 --data odd.csv --out repo/odd >/dev/null 2>said
grep -q 'quarter.* of the rows gains* by learning' said || fail "one odd value: $(cat said)"
"$boltz" train rbm --hidden 3 --k 1 --threads 2 --data noisy.csv --labels 1 --dry-run --out repo/labelled >said 2>&1
if grep -q 'each quarter' said; then fail "quarters decide with labels: $(cat said)"; fi

# What continues from there has learned from all rows: none of them judge it. Its length has been decided; only a longer one is more.
auto=("$boltz" train rbm --data rows.csv --hidden 4 --k 1 --threads 2 --refit auto --out repo/auto)
"${auto[@]}" >/dev/null 2>said
[ "$(record repo/auto/1 rows) $(record repo/auto/1 valid_rows) $(record repo/auto/1 refitted_rows)" = "120 0 30" ] || fail "few rows: $(cat said)"
if "${auto[@]}" --resume >/dev/null 2>said; then fail "went on without anything to do"; fi
grep -q 'is the end of this run' said || fail "the end of a run of few rows: $(cat said)"
updates=$(record repo/auto/1 updates)
"${auto[@]}" --updates "$((${updates%.*} + 30))" --resume >/dev/null 2>said || fail "going on with few rows: $(cat said)"
grep -q 'all 120 rows have been learned from: none are held out' said || fail "rows learned from: $(cat said)"
[ "$(record repo/auto/2 rows) $(record repo/auto/2 valid_rows) $(record repo/auto/2 refitted_rows)" = "120 0 30" ] || fail "rows of what went on"
if "${auto[@]}" --resume >/dev/null 2>said; then fail "went on from what went on without anything to do"; fi
"${train[@]}" --updates 2030 --refit on --out repo/all --resume >/dev/null 2>said || fail "going on after a refit: $(cat said)"
[ "$(record repo/all/2 rows) $(record repo/all/2 valid_rows)" = "120 0" ] || fail "going on after a refit, by rows learned from"
python3 -c "import sys; sys.exit(not $(log_p repo/all/2) > $(log_p repo/all/1) - 0.3)" || fail "what was learned is lost: $(log_p repo/all/1), $(log_p repo/all/2)"

# Rows that were learned from after all still tell what is usual, by the machine that had not seen them: about a tenth of others are as unusual.
energies() { python3 -c 'import json, struct, sys
f = open(sys.argv[1] + "/model.safetensors", "rb")
e = json.loads(json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))["__metadata__"]["free_energy"])
print(e["of"], e["rows"])' "$1"; }
[ "$(energies repo/auto/1)" = "held-out 30" ] || fail "calibrated by $(energies repo/auto/1)"
"$boltz" score repo/auto/1 --data others.csv --out scores.csv 2>/dev/null
beyond=$(python3 -c 'import csv; r = list(csv.DictReader(open("scores.csv"))); print(sum(float(x["percentile"]) > 90 for x in r) / len(r))')
python3 -c "import sys; sys.exit(not 0.02 < $beyond < 0.25)" || fail "of other rows $beyond are beyond the 90th percentile"

# Each spelling of a switch, and none.
divided() { "$boltz" train rbm --hidden 4 --dry-run "$@" 2>/dev/null | sed -n 's/^rows: \(.*\) held out.*/\1/p'; }
echo 'refit = yes' >again.conf
[ "$(divided --data rows.csv --refit auto)" = "90 to learn from, 30" ] || fail "auto: $(divided --data rows.csv --refit auto)"
for spelling in "" "--refit" "--refit=true" "--config again.conf"; do
    # shellcheck disable=SC2086 # two words
    [ "$(divided --data rows.csv $spelling)" = "70 to learn from, 50" ] || fail "$spelling: $(divided --data rows.csv $spelling)"
done

# Lists are learned as they are: choices of two of seven, bars and stripes. Columns divided at their medians are no list.
python3 - <<'PY'
import itertools, random
def write(name, rows):
    with open(name, "w") as f:
        f.writelines(",".join(str(int(b)) for b in r) + "\n" for r in rows)
write("choices.csv", [[i in c for i in range(7)] for c in itertools.combinations(range(7), 2)])
lines = list(itertools.product([0, 1], repeat=4))
write("bars.csv", [[b[i] for i in range(4) for _ in range(4)] for b in lines] + [[b[j] for _ in range(4) for j in range(4)] for b in lines])
random.seed(3)
write("medians.csv", zip(*[random.sample([0, 1] * 20, 40) for _ in range(8)]))
PY
[ "$(divided --data choices.csv --refit auto) $(divided --data bars.csv --refit auto)" = "21 to learn from, 0 32 to learn from, 0" ] || fail "lists: $(divided --data choices.csv --refit auto), $(divided --data bars.csv --refit auto)"
[ "$(divided --data medians.csv --refit auto)" = "30 to learn from, 10" ] || fail "no list: $(divided --data medians.csv --refit auto)"

# A tree of pairs of columns that explains held-out rows better than what was learned is the result.
python3 - <<'PY'
import random
random.seed(6)
with open("chain.csv", "w") as f:
    for _ in range(600):
        x = [random.random() < .5]
        for _ in range(11):
            x.append(x[-1] ^ (random.random() < .05))
        f.write(",".join(str(int(b)) for b in x) + "\n")
PY
chain=("$boltz" train rbm --data chain.csv --k 1 --learning-rate 0.00001 --threads 2)
"${chain[@]}" --hidden 14 --out repo/chain >/dev/null 2>said
grep -q 'a tree of 11 pairs of columns .* the result is the tree, as a machine of 14 hidden units' said || fail "a tree: $(cat said)"
[ "$(record repo/chain/1 tree_pairs)" = 11 ] || fail "the tree is not in the record"
log_p=$("$boltz" evaluate repo/chain --data chain.csv --exact --json 2>/dev/null | python3 -c 'import json,sys; print(json.load(sys.stdin)["log_prob_mean"])')
python3 -c "import sys; sys.exit(not $log_p > -3)" || fail "the machine is not the tree: $log_p, expected -2.88"
"${chain[@]}" --hidden 14 --updates 60 --out repo/learned >/dev/null 2>said
if grep -q 'a tree of' said; then fail "a tree in spite of --updates"; fi

# More epochs after the end: from the version that the run made; fewer, or other settings, are refused, naming them.
"$boltz" train rbm --data rows.csv --hidden 10 --valid-fraction 0 --epochs 300 --out repo/on >/dev/null 2>&1
more=("$boltz" train rbm --data rows.csv --hidden 10 --valid-fraction 0 --out repo/on --resume --epochs)
if "${more[@]}" 300 >/dev/null 2>said; then fail "went on without anything to do"; fi
grep -q 'repo/on/1 is the end of this run' said || fail "at its end: $(cat said)"
if "${more[@]}" 600 --seed 3 >/dev/null 2>said; then fail "went on with another seed"; fi
grep -q "made with 'seed = 1', not 'seed = 3'" said || fail "another seed: $(cat said)"
if "${more[@]}" 600 --groups off >/dev/null 2>said; then fail "went on with an option more"; fi
grep -q "made without 'groups = off', not with it" said || fail "an option more: $(cat said)"
off=("$boltz" train rbm --data rows.csv --hidden 4 --valid-fraction 0 --out repo/off)
"${off[@]}" --groups off --updates 50 >/dev/null 2>&1
if "${off[@]}" --updates 100 --resume >/dev/null 2>said; then fail "went on with an option less"; fi
grep -q "made with 'groups = off', not without it" said || fail "an option less: $(cat said)"
"${more[@]}" 600 >/dev/null 2>said || fail "going on: $(cat said)"
grep -q 'continuing from repo/on/1' said || fail "going on is not said: $(cat said)"
[ "$(record repo/on/2 went_on_from_update)" = "$(record repo/on/1 updates)" ] || fail "where it went on from"
python3 -c "import sys; sys.exit(not $(record repo/on/2 updates) == 2 * $(record repo/on/1 updates))" || fail "its length"
[ "$(digest repo/on/1)" != "$(digest repo/on/2)" ] || fail "nothing was learned"
