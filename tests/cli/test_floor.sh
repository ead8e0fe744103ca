#!/usr/bin/env bash
# Machines without a judge: where chains stay in one of two groups of rows, plain learning ends far below independent columns. What is
# kept is better, whatever comes of it.
set -euo pipefail

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"
needs python3

# Two patterns of 100 bits, each bit flipped once in fifty: their distribution has -10.5 nats a row. 200 of the rows show what was learned.
python3 - <<'PY'
import math, random
random.seed(8)
patterns = [[random.randrange(2) for _ in range(100)] for _ in range(2)]
rows = [[b ^ (random.random() < .02) for b in random.choice(patterns)] for _ in range(1000)]
with open("rows.csv", "w") as f:
    f.writelines(",".join(str(int(b)) for b in r) + "\n" for r in rows)
with open("columns", "w") as f:
    rates = [(sum(c) + .5) / (len(rows) + 1) for c in zip(*rows)]
    print(sum(math.log(q if b else 1 - q) for r in rows[:200] for b, q in zip(r, rates)) / 200, file=f)
PY
head -n 200 rows.csv >some.csv
log_p() { "$boltz" evaluate "$1" --data some.csv --exact --json 2>/dev/null | python3 -c 'import json,sys; print(json.load(sys.stdin)["log_prob_mean"])'; }
record() { "$boltz" inspect "$1" --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["training"].get(sys.argv[1]))' "$2"; }
train=("$boltz" train bm --data rows.csv --hidden 8 --lateral hidden --updates 4100 --threads 2)

"${train[@]}" --algorithm pcd --early-stopping off --out plain >/dev/null 2>said
grep -q 'warning: log p of training rows: at least .*; independent columns: ' said || fail "what was learned is not said: $(cat said)"
python3 -c "import sys; sys.exit(not $(log_p plain) < $(cat columns))" || fail "plain chains have learned both: $(log_p plain)"

"${train[@]}" --algorithm pcd --out columns.machine >/dev/null 2>said
grep -q 'a machine of these, its weights 0, is the result .*try --algorithm pt' said || fail "that columns are kept is not said: $(cat said)"
python3 -c "import sys; sys.exit(not abs($(log_p columns.machine) - $(cat columns)) < 0.05)" || fail "it is not that of columns: $(log_p columns.machine), $(cat columns)"
[ "$(record columns.machine independent_columns_kept)" = True ] || fail "the record"

# By default an rbm learns the groups first, and the machine begins as that.
"${train[@]}" --dry-run --out groups >plan 2>&1 || fail "the plan: $(cat plan)"
"${train[@]}" --out groups >/dev/null 2>said
grep -q "^training: $(sed -n 's/.*held out; \([0-9]*\) updates.*/\1/p' plan) updates" said || fail "another length than planned: $(cat plan said)"
grep -q 'its lower part, an rbm, learns them by itself first' said || fail "no rbm first: $(cat said)"
python3 -c "import sys; sys.exit(not $(log_p groups) > -11.5)" || fail "log p: $(log_p groups), expected about -10.6"
[ "$(record groups independent_columns_kept) $(record groups start_kept)" = "False False" ] || fail "the record of a machine that has learned"
if "${train[@]}" --out groups --resume >/dev/null 2>said; then fail "its end is not seen"; fi
grep -q 'groups/1 is the end of this run' said || fail "its end: $(cat said)"

# A model that goes on to learn is not given up for what is worse; the ladder of the latter goes with it.
python3 - <<'PY'
import random
random.seed(8)
patterns = [[random.randrange(2) for _ in range(16)] for _ in range(2)]
with open("short.csv", "w") as f:
    f.writelines(",".join(str(int(b ^ (random.random() < .02))) for b in random.choice(patterns)) + "\n" for _ in range(200))
PY
short=("$boltz" train bm --data short.csv --k 1 --threads 2)
"${short[@]}" --hidden 3 --lateral hidden --updates 600 --learning-rate 0.1 --out short >/dev/null 2>&1
erode=("${short[@]}" --init short --algorithm ptt --weight-decay 1 --learning-rate 0.05 --updates 130 --chains 800)
"${erode[@]}" --out eroded >/dev/null 2>said
grep -q 'worse than the model that it began with, which is the result' said || fail "what it began with is not kept: $(cat said)"
if grep -q 'try --algorithm pt' said; then fail "advice that was followed: $(cat said)"; fi
[ ! -e eroded/1/ladder.safetensors ] || fail "a ladder of another machine"
if "$boltz" sample eroded --sampler ptt --count 2 --steps 2 --out x.csv 2>/dev/null; then fail "samples by a ladder that is not kept"; fi
[ "$(record eroded start_kept) $(record eroded independent_columns_kept)" = "True False" ] || fail "the record of what is kept"
same() { "$boltz" evaluate "$1" --data short.csv --exact --json 2>/dev/null | python3 -c 'import json,sys; print(json.load(sys.stdin)["log_prob_mean"])'; }
[ "$(same eroded)" = "$(same short)" ] || fail "another machine than it began with: $(same eroded), $(same short)"

# Rows of the groups in turns, more than are looked at, in a table whose columns have the names of layers.
python3 - <<'PY'
rows = open("rows.csv").read().split()
first = rows[0]
def near(r): return sum(a != b for a, b in zip(r, first)) < 50
a, b = [r for r in rows if near(r)], [r for r in rows if not near(r)]
with open("turns.csv", "w") as f:
    f.writelines((a if i % 2 else b)[i % min(len(a), len(b))] + "\n" for i in range(6000))
PY
"$boltz" train multimodal --data hidden=turns.csv --data groups=turns.csv --hidden hidden=4 --hidden groups=4 --joint 2 --updates 2 --pretrain off --out turns >/dev/null 2>said ||
    fail "groups in turns: $(tail -1 said)"
grep -q 'the rows form 2 groups far apart' said || fail "groups in turns: $(cat said)"
echo "ok"
