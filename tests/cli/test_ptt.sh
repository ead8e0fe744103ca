#!/usr/bin/env bash
# Trajectory tempering: training that keeps separated modes, the ladder that it leaves beside the model, and samples drawn with it.
set -euo pipefail

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"

# Two noisy patterns of 60 bits, 7 to 3: the first has its left half on, the second its right half.
awk 'BEGIN { srand(5); for (i = 0; i < 600; i++) { left = rand() < 0.7; line = "";
    for (j = 0; j < 60; j++) { on = (j < 30) == left; if (rand() < 0.02) on = 1 - on; line = line (j ? "," : "") on } print line } }' >rows.csv
train=(train rbm --data rows.csv --hidden 6 --algorithm ptt --updates 1500 --learning-rate 0.1 --threads 2)
"$boltz" "${train[@]}" --out repo/two 2>log || fail "training: $(cat log)"
grep -q 'checkpoints are kept for --sampler ptt: [0-9.]* MB (--keep-ladder off' log || fail "the ladder's size is not said: $(cat log)"
[ -s repo/two/1/ladder.safetensors ] || fail "no ladder beside the model"

# Exact log p: independent columns reach about -34, the true distribution about -6.5.
log_p=$("$boltz" evaluate repo/two --data rows.csv --exact --json 2>/dev/null | python3 -c 'import json,sys; print(json.load(sys.stdin)["log_prob_mean"])')
python3 -c "import sys; sys.exit(not -7.7 < $log_p < -6)" || fail "log p $log_p"

# Samples have the patterns' shares, and a chain does not depend on the others.
"$boltz" sample repo/two --sampler ptt --count 400 --steps 300 --seed 3 --out many.csv 2>said || fail "sampling: $(cat said)"
grep -q 'checkpoints and the model, lowest rate of exchange 0\.[1-9]' said || fail "nothing is said of the exchanges: $(cat said)"
"$boltz" sample repo/two --sampler ptt --count 70 --steps 300 --seed 3 --threads 1 --out few.csv 2>/dev/null
head -70 many.csv | cmp - few.csv || fail "a chain depends on --count or --threads"
# Tempering says when its steps are too few to get the modes' shares right.
"$boltz" sample repo/two --sampler tempering --count 8 --steps 40 --seed 3 --out x.csv 2>said || fail "tempering: $(cat said)"
grep -q 'warning: .*shares of modes are unreliable' said || fail "no warning of slow tempering: $(cat said)"
# A mode of 6 % that is far from the rates of the rows (the offsets) is noticed to be missing, and found by starting from even odds.
PYTHONPATH=$SOURCE_DIR/tests/support python3 - <<'PY'
import math
import models
n, w = 60, 4.4
sign = [1 if i % 2 else -1 for i in range(n)]
offset = [0.5 + 0.44 * math.tanh(w / 4 * s) for s in sign] # means of the rows
# Both modes have the same sum over the bits: they differ only by the bias of the unit.
bias = math.log(0.06 / 0.94) - w * sum(s * o for s, o in zip(sign, offset))
models.save("small", "rbm", [models.layer("v", "visible", "bernoulli", n), models.layer("h", "hidden", "bernoulli", 1)], [["v", "h"]], {
    "v.bias": ([n], [w / 2 * s for s in sign]), "v.offset": ([n], offset), "h.bias": ([1], [bias]), "v~h.weight": ([n, 1], [-w * s for s in sign])})
PY
"$boltz" sample repo/small --sampler tempering --count 300 --steps 200 --seed 3 --out small.csv 2>said || fail "tempering: $(cat said)"
grep -q '^1 region with a share of about 0.0[4-8].* has 0 of the samples: once more from even odds' said || fail "a lost mode is not seen: $(cat said)"
grep -q '^warning: 1 region' said && fail "it is lost still: $(cat said)"
share=$(awk -F, '{ n = 0; for (j = 1; j <= 60; j++) n += $j == (j % 2); on += n > 30 } END { print on / NR }' small.csv)
python3 -c "import sys; sys.exit(not 0.02 < $share < 0.12)" || fail "share of the small mode: $share"
share=$(awk -F, '{ n = 0; for (j = 1; j <= 30; j++) n += $j; on += n > 15 } END { print on / NR }' many.csv)
python3 -c "import sys; sys.exit(not 0.56 < $share < 0.8)" || fail "share of the first pattern: $share"

# The daemon draws the same chains, in one request or in two; for a model without a ladder it says what makes one.
if [ -x "$boltzd" ] && command -v curl >/dev/null; then
    mkdir served
    cp -r repo/two served/two
    cp -r repo/two served/bare
    rm served/bare/1/ladder.safetensors
    serve served
    v1=127.0.0.1:$port/v1/models
    curl -sf "$v1/two/sample?sampler=ptt&count=70&steps=300&seed=3" >whole.json
    curl -sf "$v1/two/sample?sampler=ptt&count=70&steps=120&seed=3" | python3 -c \
        'import json,sys; print(json.dumps({"steps": 180, "continue": json.load(sys.stdin)["continue"]}))' >rest
    curl -sf "$v1/two/sample" -d @rest | cmp - whole.json || fail "the daemon's chains go on otherwise"
    python3 - <<'PY' || fail "the daemon's chains are not those of boltz sample"
import json
served = json.load(open("whole.json"))
drawn = [[float(x) for x in line.split(",")] for line in open("few.csv")]
assert served["samples"] == drawn
assert served["ladder"]["checkpoints"] == len(served["ladder"]["exchange"]) and min(served["ladder"]["exchange"]) > 0.1
PY
    curl -sf "$v1/two" | grep -q '"samplers":\["gibbs","ptt"\]' || fail "the model's samplers"
    [ "$(curl -s -o said -w '%{http_code}' "$v1/bare/sample?sampler=ptt")" = 400 ] && grep -q 'algorithm ptt' said || fail "bare: $(cat said)"
    kill "$pid"; wait "$pid" || true; pid=
fi

# Interrupted and resumed: the same bits, including the ladder.
"$boltz" "${train[@]}" --out repo/broken 2>said & run=$!
for _ in $(seq 400); do grep -q '^training:' said && break; sleep 0.05; done # before that there is nothing to resume from
sleep 0.4
kill -INT $run
if wait $run; then :; else "$boltz" "${train[@]}" --out repo/broken --resume 2>said || fail "resuming: $(cat said)"; fi
cmp repo/two/1/ladder.safetensors repo/broken/1/ladder.safetensors || fail "a resumed run has another ladder"

# Without a ladder: the message says so, and what helps.
"$boltz" "${train[@]/#1500/150}" --keep-ladder off --out repo/bare 2>/dev/null
[ ! -e repo/bare/1/ladder.safetensors ] || fail "--keep-ladder off keeps one"
if "$boltz" sample repo/bare --sampler ptt --count 2 2>said; then fail "sampled without a ladder"; fi
grep -q 'no ladder of checkpoints.*--algorithm ptt' said || fail "refusal: $(cat said)"
cp repo/two/1/ladder.safetensors repo/bare/1/
"$boltz" "${train[@]/#1500/150}" --seed 9 --keep-ladder off --out repo/other 2>/dev/null
cp repo/two/1/ladder.safetensors repo/other/1/
if "$boltz" sample repo/other --sampler ptt --count 2 2>said; then fail "sampled with another model's ladder"; fi
grep -q 'belongs to other weights' said || fail "refusal: $(cat said)"

# Machines of other kinds: deep, with couplings inside layers, real values.
"$boltz" train dbm --data rows.csv --hidden 6,3 --algorithm ptt --updates 150 --out repo/deep 2>/dev/null || fail "dbm"
"$boltz" train bm --data rows.csv --hidden 4 --algorithm ptt --updates 150 --out repo/bm 2>/dev/null || fail "bm"
awk 'BEGIN { srand(2); for (i = 0; i < 300; i++) { c = int(3 * rand()); print (c == 1) * 8 + rand() "," (c == 2) * 900 + rand() * 100 } }' >real.csv
"$boltz" train rbm --data real.csv --hidden 4 --algorithm ptt --updates 300 --out repo/real 2>/dev/null || fail "gaussian"
for m in deep bm real; do
    "$boltz" sample "repo/$m" --sampler ptt --count 5 --steps 60 --out "$m.csv" 2>said || fail "$m: $(cat said)"
    [ "$(wc -l <"$m.csv")" = 5 ] || fail "$m: rows"
done
