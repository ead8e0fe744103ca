#!/usr/bin/env bash
# Machines without a judge: where chains stay in one of two groups of rows, plain learning ends far below independent columns. What is
# kept is better, whatever comes of it.
set -euo pipefail

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"
needs python3

# Two patterns of 100 bits, each bit flipped once in fifty: their distribution has -10.5 nats a row.
python3 - <<'PY'
import math, random
random.seed(8)
patterns = [[random.randrange(2) for _ in range(100)] for _ in range(2)]
rows = [[b ^ (random.random() < .02) for b in random.choice(patterns)] for _ in range(1000)]
with open("rows.csv", "w") as f:
    f.writelines(",".join(str(int(b)) for b in r) + "\n" for r in rows)
with open("columns", "w") as f:
    rates = [(sum(c) + .5) / (len(rows) + 1) for c in zip(*rows)]
    print(sum(math.log(q if b else 1 - q) for r in rows for b, q in zip(r, rates)) / len(rows), file=f)
PY
log_p() { "$boltz" evaluate "$1" --data rows.csv --exact --json 2>/dev/null | python3 -c 'import json,sys; print(json.load(sys.stdin)["log_prob_mean"])'; }
record() { "$boltz" inspect "$1" --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["training"].get(sys.argv[1]))' "$2"; }
train=("$boltz" train bm --data rows.csv --hidden 8 --lateral hidden --updates 4100 --threads 2)

"${train[@]}" --algorithm pcd --early-stopping off --out plain >/dev/null 2>said
grep -q 'warning: log p of training rows: at least .*; independent columns: ' said || fail "what was learned is not said: $(cat said)"
python3 -c "import sys; sys.exit(not $(log_p plain) < $(cat columns))" || fail "plain chains have learned both: $(log_p plain)"

"${train[@]}" --algorithm pcd --out columns.machine >/dev/null 2>said
grep -q 'a machine of these, its weights 0, is the result' said || fail "that columns are kept is not said: $(cat said)"
python3 -c "import sys; sys.exit(not abs($(log_p columns.machine) - $(cat columns)) < 0.05)" || fail "it is not that of columns: $(log_p columns.machine), $(cat columns)"
[ "$(record columns.machine independent_columns_kept)" = True ] || fail "the record"

"${train[@]}" --out tempered >/dev/null 2>said
grep -q 'the rows form 2 groups far apart.* learns with parallel tempering' said || fail "not tempered: $(cat said)"
python3 -c "import sys; sys.exit(not $(log_p tempered) > -11.5)" || fail "log p: $(log_p tempered), expected about -10.6"
[ "$(record tempered independent_columns_kept)" = False ] || fail "the record of a machine that has learned"
echo "ok"
