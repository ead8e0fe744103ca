#!/usr/bin/env bash
# boltz train from its command line: results that repeat to the bit, interruption and resumption, refusals that leave nothing behind.
set -euo pipefail

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"

digest() { sha256sum <"$1/model.safetensors"; }

# 4x4 bars and stripes, with the white and the black picture twice
python3 - >bars.csv <<'PY'
for s in range(16):
    print(",".join(str(s >> i & 1) for i in range(4) for j in range(4)))
    print(",".join(str(s >> j & 1) for i in range(4) for j in range(4)))
PY
train=("$boltz" train rbm --data bars.csv --hidden 8 --batch 10 --log none)

# A version appears, its path is all that is printed, and nothing else is left behind.
path=$("${train[@]}" --updates 300 --out repo/a)
[ "$path" = repo/a/1 ] || fail "printed '$path', expected repo/a/1"
[ -s repo/a/1/model.safetensors ] || fail "no model file"
[ "$(ls -A repo/a)" = 1 ] || fail "left behind: $(ls -A repo/a)"

# The same command gives the same result, whatever the number of threads; the next version gets the next number.
path=$("${train[@]}" --updates 300 --threads 1 --out repo/a)
[ "$path" = repo/a/2 ] || fail "printed '$path', expected repo/a/2"
"${train[@]}" --updates 300 --threads 3 --out repo/a >/dev/null
[ "$(digest repo/a/1)" = "$(digest repo/a/2)" ] && [ "$(digest repo/a/1)" = "$(digest repo/a/3)" ] || fail "runs differ"
"${train[@]}" --updates 300 --seed 2 --out repo/a >/dev/null
[ "$(digest repo/a/1)" != "$(digest repo/a/4)" ] || fail "another seed gave the same"

# Groups of rows far apart: what share of the distribution each has is told, or, where weight decay has undone the units of the groups so that
# none of this can be measured, the warning that it is not known.
python3 - >apart.csv <<'PY'
import random
random.seed(8)
for i in range(600):
    print(",".join(str(int((j % 3 == 0) ^ (i % 4 == 3) ^ (random.random() < 0.04))) for j in range(20)))
PY
apart=("$boltz" train rbm --data apart.csv --hidden 4 --updates 100 --valid-fraction 0 --early-stopping off --threads 1)
"${apart[@]}" --out repo/apart >/dev/null 2>message
grep -q "the groups' shares of the distribution: 0.75 0.25 (within 0.00), of the rows: 0.75 0.25" message || fail "shares: $(cat message)"
grep -q "^warning" message && fail "a warning of shares that are right: $(cat message)"
"${apart[@]}" --algorithm cd --learning-rate 0.05 --weight-decay 10 --out repo/apart >/dev/null 2>message
grep -q "^warning: what share of the distribution each group of rows has is not known within 0.1.*0.75 0.25" message || fail "shares that are not known: $(cat message)"

# Grey values: --binarize is applied, and recorded.
awk 'BEGIN { srand(2); for (r = 0; r < 40; r++) print rand() "," rand() "," rand() }' >grey.csv
for way in stochastic threshold none; do
    "$boltz" train rbm --data grey.csv --visible-unit bernoulli --hidden 3 --updates 50 --binarize $way --log none --out repo/grey-$way >/dev/null
    "$boltz" inspect repo/grey-$way | grep -q "^ *binarize  *\"$way\"" || fail "--binarize $way is not in the record"
done
[ "$(digest repo/grey-none/1)" != "$(digest repo/grey-stochastic/1)" ] && [ "$(digest repo/grey-none/1)" != "$(digest repo/grey-threshold/1)" ] ||
    fail "--binarize does nothing"

# Interrupted anywhere, resumed: the same bits as an uninterrupted run. Every option that keeps its own state is used.
memory=(--updates 1500 --average-weights --sparsity 0.2 --max-norm 8 --weight-decay 0.001)
for optimizer in sgd adam; do
    "${train[@]}" "${memory[@]}" --optimizer $optimizer --out "repo/whole-$optimizer" >/dev/null
    out=repo/broken-$optimizer
    for pause in 0.05 0.15 0.1; do
        status=0
        [ -e "$out/.train/checkpoint" ] && resume=--resume || resume=
        timeout --signal=INT "$pause" "${train[@]}" "${memory[@]}" --optimizer $optimizer --out "$out" $resume >/dev/null 2>message || status=$?
        [ $status = 124 ] || [ $status = 130 ] || [ $status = 0 ] || fail "status $status after an interruption: $(cat message)"
        [ ! -e "$out/1" ] || [ $status = 0 ] || fail "a version appeared before it was complete"
        [ $status != 0 ] || break
    done
    if [ -e "$out/.train/checkpoint" ]; then
        status=0
        "${train[@]}" "${memory[@]}" --optimizer $optimizer --seed 9 --out "$out" --resume >/dev/null 2>message || status=$?
        [ $status = 1 ] && grep -q "seed = 1" message || fail "resumed with another seed: status $status, $(cat message)"
        "${train[@]}" "${memory[@]}" --optimizer $optimizer --out "$out" --resume >/dev/null
    elif [ ! -e "$out/1" ]; then # on a busy machine, if no run got as far as its first checkpoint
        "${train[@]}" "${memory[@]}" --optimizer $optimizer --out "$out" >/dev/null
    fi
    [ "$(digest "repo/whole-$optimizer/1")" = "$(digest "$out/1")" ] || fail "$optimizer: a resumed run differs from an unbroken one"
    [ "$(ls -A "$out")" = 1 ] || fail "left behind: $(ls -A "$out")"
done

# The same across the stages of a deep machine, however it is pretrained.
for way in interleaved stacked grown; do
    deep=("$boltz" train dbm --data bars.csv --hidden "6,4,3" --batch 10 --updates 400 --log none --pretrain "$way")
    "${deep[@]}" --threads 1 --out "repo/$way" >/dev/null
    for pause in 0.1 0.1 0.1; do
        status=0
        [ -e "repo/$way-broken/.train/checkpoint" ] && resume=--resume || resume=
        timeout --signal=INT "$pause" "${deep[@]}" --out "repo/$way-broken" $resume >/dev/null 2>message || status=$?
        [ $status != 0 ] || break
    done
    [ -e "repo/$way-broken/.train/checkpoint" ] && resume=--resume || resume=
    [ -e "repo/$way-broken/1" ] || "${deep[@]}" --out "repo/$way-broken" $resume >/dev/null
    [ "$(digest "repo/$way/1")" = "$(digest "repo/$way-broken/1")" ] || fail "$way: a resumed deep machine differs from an unbroken one"
done
[ "$(digest repo/interleaved/1)" != "$(digest repo/stacked/1)" ] || fail "interleaved is stacked"

# Images with word counts: layers next to the counts have no offsets, layers that join them directly cannot be given.
awk 'BEGIN { srand(1); for (r = 0; r < 60; r++) { c = r % 2; line = ""
    for (i = 0; i < 6; i++) line = line (i ? "," : "") ((rand() < 0.8) == ((i < 3) == (c == 0)))
    print line >"picture.csv"
    print 0, 1 + 2 * c ":" 1 + int(3 * rand()), 2 + 2 * c ":" 1 + int(3 * rand()) >"words.svm" } }'
both=(--data picture=picture.csv --data words=words.svm --visible-unit words=multinomial)
for way in on stacked grown off; do
    for hidden in "--hidden picture=4 --hidden words=4" "--hidden picture=4" "--hidden picture=4,3 --hidden words=4"; do
        "$boltz" train multimodal "${both[@]}" $hidden --joint 3 --updates 30 --pretrain $way --log none --out repo/both >/dev/null 2>message ||
            fail "$way, $hidden: $(cat message)"
    done
done

# Words from a picture: as many as rows of training have, here 4, whose number scales the biases of what joins them.
words() { "$boltz" reconstruct repo/both --data picture=picture.csv --missing infer --layer words --out "$1.npy" "${@:2}" 2>/dev/null || fail "words: $*"; }
"$boltz" reconstruct repo/both --data picture=picture.csv --missing infer --layer words 2>&1 >out | grep -q "layer words is filled in by one sweep" || fail "one sweep is not told"
words usual && words four --counts 4 && words one --counts 1
cmp usual.npy four.npy && ! cmp -s usual.npy one.npy || fail "the usual number of words is not that of training"
"$boltz" reconstruct repo/both --data picture=picture.csv --predict words --top 2 --out named.csv 2>/dev/null && [ "$(wc -l <named.csv)" -eq 61 ] || fail "--predict words"
"$boltz" sample repo/both --layer words --count 3 --steps 5 | awk -F, '{ s = 0; for (i = 1; i <= NF; i++) s += $i; if (s != 4) exit 1 }' || fail "samples of other lengths"

for layer in words picture; do # each learned from the other
    "$boltz" finetune repo/both --data picture=picture.csv --data words=words.svm --predict $layer --epochs 2 --threads 1 --out repo/fill >/dev/null 2>message || fail "--predict $layer: $(cat message)"
done
"$boltz" finetune repo/both --data picture=picture.csv --data words=words.svm --predict any --epochs 2 --out repo/fill >/dev/null 2>message &&
    fail "--predict any of counts"
grep -q "of counts no random parts" message || fail "--predict any of counts: $(cat message)"

"$boltz" inspect repo/both | grep -q 'optimizer *"adam"' || fail "the record does not say which optimizer was used"
head -n 50 words.svm >fewer.svm
status=0
"$boltz" train multimodal --data picture=picture.csv --data words=fewer.svm --hidden picture=4 --hidden words=4 --joint 3 --updates 10 --out repo/no >/dev/null 2>message || status=$?
[ $status != 0 ] && grep -q "60" message && grep -q "50" message || fail "modalities of 60 and 50 rows: status $status, $(cat message)"
status=0
"$boltz" train rbm --data bars.csv --hidden 4 --pretrain stacked --updates 10 --out repo/no >/dev/null 2>message || status=$?
[ $status != 0 ] && grep -q -- "--pretrain stacked" message || fail "--pretrain of an rbm: status $status, $(cat message)"

for what in --bracket --thermodynamics; do
    status=0
    "$boltz" evaluate repo/both --data picture=picture.csv --data words=words.svm --ais $what >/dev/null 2>message || status=$?
    [ $status = 2 ] && grep -q "number of counts" message || fail "$what with counts: status $status, $(cat message)"
done
status=0
"${train[@]}" --out repo/a --out repo/b --updates 10 >/dev/null 2>message || status=$?
[ $status = 2 ] && grep -q "given twice" message && [ ! -e repo/b ] || fail "--out twice: status $status, $(cat message)"

# The same with parallel tempering, whose replicas are part of a run's state; it is not just another name for persistent chains.
tempered=("${train[@]}" --algorithm pt --updates 300 --chains 8)
"${tempered[@]}" --threads 1 --out repo/pt >/dev/null
"${tempered[@]}" --threads 3 --out repo/pt >/dev/null
[ "$(digest repo/pt/1)" = "$(digest repo/pt/2)" ] || fail "tempered runs of 1 and 3 threads differ"
"${train[@]}" --updates 300 --chains 8 --out repo/pt >/dev/null
[ "$(digest repo/pt/1)" != "$(digest repo/pt/3)" ] || fail "pt is pcd"
status=0
timeout --signal=INT 0.1 "${tempered[@]}" --out repo/pt-broken >/dev/null 2>message || status=$?
[ $status = 0 ] || [ ! -e repo/pt-broken/.train/checkpoint ] || "${tempered[@]}" --out repo/pt-broken --resume >/dev/null
[ -e repo/pt-broken/1 ] || "${tempered[@]}" --out repo/pt-broken >/dev/null
[ "$(digest repo/pt/1)" = "$(digest repo/pt-broken/1)" ] || fail "a resumed tempered run differs from an unbroken one"

# One JSON line per epoch.
"$boltz" train rbm --data bars.csv --hidden 8 --epochs 5 --log json --valid-fraction 0.25 --out repo/json 2>log >/dev/null
python3 - <<'PY'
import json
epochs = [o for o in map(json.loads, open("log")) if "epoch" in o]
assert [o["epoch"] for o in epochs] == [1, 2, 3, 4, 5], epochs
assert epochs[-1]["free_energy_gap"] is not None and epochs[-1]["pseudo_likelihood"] < 0, epochs[-1]
assert -20 < epochs[-1]["log_prob"] < -5 and -20 < epochs[-1]["log_prob_valid"] < -5 and epochs[-1]["log_partition_stderr"] == 0, epochs[-1]
PY

# Two noisy patterns: plain chains lose one of them, the log says so, and what is tried instead comes close to the truth (-7.06 for
# 60 bits); independent bits give about -25. If interrupted on the way, the result is the same. (With spin units, for which groups of
# rows are not found before training begins.)
python3 - <<'PY'
import random
random.seed(3)
a = [[random.randint(0, 1) for _ in range(60)] for _ in range(2)]
with open("two.csv", "w") as out:
    for _ in range(400):
        print(",".join(str(b ^ (random.random() < .02)) for b in random.choice(a)), file=out)
PY
patterns=("$boltz" train rbm --data two.csv --hidden 10 --hidden-unit spin --updates 4000 --learning-rate 0.05)
"${patterns[@]}" --out repo/two 2>message >/dev/null
grep -q "the chains have left part of the data" message && grep -q "afresh with parallel tempering" message || fail "no alarm: $(cat message)"
"$boltz" evaluate repo/two --data two.csv --exact --json | python3 -c '
import json, sys
p = json.load(sys.stdin)["log_prob_mean"]
assert p > -8.5, p' || fail "two patterns"
# Real values, which tempering learns too slowly: Adam.
python3 - <<'PY'
import random
random.seed(4)
with open("three.csv", "w") as out:
    for _ in range(300):
        print(*(random.gauss(c, 1) for c in random.choice([(0, 0), (8, 0), (0, 8)])), sep=",", file=out)
PY
"$boltz" train rbm --data three.csv --hidden 6 --k 1 --hidden-unit spin --updates 2000 --learning-rate 0.05 --out repo/three 2>message >/dev/null
grep -q "the chains have left part of the data" message && grep -q "afresh with Adam, 2000 updates" message || fail "real values: $(cat message)"
# Between judgements log p is followed, to the same figures with any number of threads.
for threads in 1 3; do
    "$boltz" train rbm --data two.csv --hidden 10 --hidden-unit spin --updates 3000 --learning-rate 0.005 --threads $threads --log json \
        --out repo/followed 2>log$threads >/dev/null
done
python3 - <<'PY'
import json
one, three = ([o for o in map(json.loads, open("log%d" % k)) if "epoch" in o] for k in (1, 3))
figures = [[(o["updates"], o["log_prob"], o["log_prob_valid"], o["log_partition_stderr"], o["log_prob_method"]) for o in l] for l in (one, three)]
assert figures[0] == figures[1], "threads"
judged = [o for o in one if o["log_prob_method"] == "exact"]
followed = [o for o in one if o["log_prob_method"] == "trajectory"]
assert len(judged) > 10 and len(followed) > 5, (len(judged), len(followed))
assert all(o["log_partition_stderr"] > 0 and o["log_prob_valid"] < 0 for o in followed), followed
for o in followed: # near the judgements beside it
    near = min(judged, key=lambda j: abs(j["updates"] - o["updates"]))
    assert abs(near["log_prob"] - o["log_prob"]) < 3 + 4 * o["log_partition_stderr"], (near, o)
PY
for pause in 0.5 0.8; do
    [ -e repo/two-broken/.train/checkpoint ] && resume=--resume || resume=
    timeout --signal=INT $pause "${patterns[@]}" --out repo/two-broken $resume >/dev/null 2>&1 || true
    [ ! -e repo/two-broken/1 ] || break
done
[ ! -e repo/two-broken/.train/checkpoint ] || "${patterns[@]}" --out repo/two-broken --resume >/dev/null 2>&1
[ -e repo/two-broken/1 ] || "${patterns[@]}" --out repo/two-broken >/dev/null 2>&1
[ "$(digest repo/two/1)" = "$(digest repo/two-broken/1)" ] || fail "a resumed run that was begun anew differs from an unbroken one"

# Groups of real values far apart are found before training begins.
awk 'BEGIN { srand(4); for (r = 0; r < 300; r++) { k = int(3 * rand()); print 15 * (k == 1) + rand() + rand() "," 15 * (k == 2) + rand() + rand() } }' >groups.csv
"$boltz" train rbm --data groups.csv --hidden 16 --seed 2 --updates 500 --out repo/groups 2>message >/dev/null
grep -q "the rows form 3 groups far apart" message || fail "groups: $(cat message)"
grep -q "the groups' shares of the distribution: 0\.[23][0-9] 0\.[23][0-9] 0\.[23][0-9] (within 0\.0" message || fail "shares: $(cat message)"
"$boltz" inspect repo/groups --json | python3 -c '
import json, sys
groups = json.load(sys.stdin)["training"]["groups"]
assert len(groups) == 3 and all(abs(g["share"] - g["rows"]) < 0.02 for g in groups), groups' || fail "shares in the model file"
"$boltz" evaluate repo/groups --data groups.csv --exact --json | python3 -c '
import json, sys
p = json.load(sys.stdin)["log_prob_mean"]
assert p > -2.5, p # independent columns: about -6.6; small weights of units that stand for no group make no difference either' || fail "groups"

# A deep machine begins as an rbm that has learned them: their distribution has -2.1 nats a row, independent columns have -6.6.
"$boltz" train dbm --data groups.csv --hidden 6,3 --seed 2 --updates 60 --out repo/deep-groups 2>message >/dev/null
grep -q "its lower part, an rbm, learns them by itself first" message || fail "groups of a deep machine: $(cat message)"
"$boltz" evaluate repo/deep-groups --data groups.csv --exact --json 2>/dev/null | python3 -c '
import json, sys
assert json.load(sys.stdin)["log_prob_mean"] > -2.4' || fail "a deep machine has not learned the groups"

# So does one with classes: each group is one, which rows tell. Before, it ended at independent columns.
awk -F, '{ print ($1 > 8) + 2 * ($2 > 8) }' groups.csv >classes.txt
"$boltz" train dbm --data groups.csv --labels classes.txt --hidden 6,3 --seed 2 --updates 60 --out repo/deep-classes 2>message >/dev/null
"$boltz" evaluate repo/deep-classes --data groups.csv --labels classes.txt --exact --json 2>/dev/null | python3 -c '
import json, sys
m = json.load(sys.stdin)
assert m["log_prob_mean"] > -2.4 and m["error_rate"] < 0.01, m' || fail "groups with classes: $(cat message)"

# One of several tables begins as a mixture of the groups.
for column in 1 2; do cut -d, -f$column groups.csv >column.$column.csv; done
"$boltz" train multimodal --data a=column.1.csv --data b=column.2.csv --hidden a=3 --hidden b=3 --joint 2 --seed 2 --updates 60 --out repo/two-tables 2>message >/dev/null
"$boltz" evaluate repo/two-tables --data a=column.1.csv --data b=column.2.csv --exact --json 2>/dev/null | python3 -c '
import json, sys
assert json.load(sys.stdin)["log_prob_mean"] > -2.5' || fail "groups of two tables: $(cat message)"

# A machine without hidden units cannot have them.
"$boltz" train bm --data groups.csv --dry-run >out 2>message
grep -q "warning: the rows form 3 groups far apart, which a machine without hidden units cannot represent" message || fail "groups without hidden units: $(cat message)"

# With gaps, gaussian units that start as factors know nothing of groups, which is said where there are some.
awk -F, '{ print NR % 9 ? $0 : "," $2 }' groups.csv >gaps.csv
"$boltz" train rbm --data gaps.csv --missing infer --dry-run >out 2>message
grep -q "the rows form . groups far apart, of which factors know nothing" message || fail "groups of rows with gaps: $(cat message)"
awk -F, '$1 < 5 && $2 < 5' gaps.csv >one.csv
"$boltz" train rbm --data one.csv --missing infer --dry-run >out 2>message
! grep -q "far apart" message || fail "one group of rows with gaps: $(cat message)"

# The number of hidden units may be left to the data.
"$boltz" train rbm --data bars.csv --updates 10 --out repo/unsaid 2>message >/dev/null
grep -q "^16 hidden units" message || fail "no hidden units chosen: $(cat message)"

# Continuing from a model.
"${train[@]}" --updates 100 --init repo/a/1 --out repo/a >/dev/null
[ "$(digest repo/a/1)" != "$(digest repo/a/5)" ] || fail "--init learned nothing"

# Extreme values, when everything else is small, do not ruin the variances.
awk 'BEGIN { srand(1); for (i = 0; i < 20000; i++) { x = rand() + rand() - rand() - rand()
    print x "," x + rand() "," (i == 777 || i == 10000 ? 1e6 : 0) } }' >far.csv
"$boltz" train rbm --data far.csv --hidden 4 --epochs 2 --k 1 --out repo/far 2>message >/dev/null
! grep diverged message || fail "values far out"

# Columns without any variance do no harm either: drift in them is not a divergence.
printf '1.5,0.25,-7.125,1000\n' >constant.csv
"$boltz" train rbm --data constant.csv --hidden 6 --updates 2000 --out repo/constant 2>message >/dev/null
! grep diverged message || fail "a single row"

# Categories without gaps have a pseudo-likelihood.
printf 'a,1.5\nb,2.5\na,0.5\nc,2\n' >named.csv
"$boltz" train rbm --data named.csv --hidden 2 --updates 10 --log none --out repo/named >/dev/null
"$boltz" evaluate repo/named --data named.csv --json | grep -q '"pseudo_likelihood_mean":-' || fail "no pseudo-likelihood of categories"

# Refusals: a status, a message that says where the error is, and no version.
refuse() { # status, words of the message, arguments
    local want=$1 words=$2 status=0
    shift 2
    "$boltz" train "$@" --log none --out repo/refused >/dev/null 2>message || status=$?
    [ $status = "$want" ] || fail "'$*': status $status, expected $want: $(cat message)"
    grep -q -- "$words" message || fail "'$*': expected '$words' in: $(cat message)"
    [ ! -e repo/refused ] || fail "'$*': a folder was left"
}
printf '0,1\n1,2,0\n' >ragged.csv
refuse 2 "tree" tree --data bars.csv --hidden 4
refuse 2 "--hidden" dbm --data bars.csv
refuse 2 "one hidden layer" rbm --data bars.csv --hidden 4,5
refuse 2 "--joint: only a multimodal" rbm --data bars.csv --hidden 4 --joint 5
refuse 2 "--hidden 0" rbm --data bars.csv --hidden 0
refuse 2 "--batch" rbm --data bars.csv --hidden 4 --batch 0
refuse 2 "--nonsense" rbm --data bars.csv --hidden 4 --nonsense 1
refuse 1 "ragged.csv" rbm --data ragged.csv --hidden 4
printf '1e-25,3\n2e-25,4\n' >small.csv
refuse 1 "small.csv: column 1 of the numbers" rbm --data small.csv --hidden 4
refuse 1 "missing.csv" rbm --data missing.csv --hidden 4
status=0
timeout 20 "$boltz" train rbm --data bars.csv --hidden 4 --log none --updates 1000000 --out "repo/na@me" >/dev/null 2>message || status=$?
[ $status = 2 ] && grep -q "not a valid model name" message || fail "a name that cannot be served: status $status, $(cat message)"
[ ! -e "repo/na@me" ] || fail "a folder was made for a name that cannot be served"
refuse 1 "checkpoint" rbm --data bars.csv --hidden 4 --resume
printf '1,0,2\n0,3,1\n' >words.csv
refuse 2 "--algorithm pt" rbm --data words.csv --visible-unit multinomial --hidden 4 --algorithm pt
refuse 1 "nowhere" rbm --data bars.csv --init nowhere
refuse 2 "has bernoulli units, and keeps them" rbm --data bars.csv --init repo/a/1 --visible-unit gaussian
refuse 2 "has bernoulli units, and keeps them" rbm --data bars.csv --init repo/a/1 --hidden-unit spin
refuse 2 "the model of --init is of kind rbm; continue with 'train rbm'" dbm --data bars.csv --init repo/a/1
refuse 2 "the model of --init is of kind rbm" bm --data bars.csv --init repo/a/1
"${train[@]:0:1}" train bm --data bars.csv --init repo/a/1 --hidden 8 --lateral visible --updates 20 --log none --out repo/grown >/dev/null || fail "an rbm grows into a bm"
refuse 2 "weight-decay -0.5: expected 0 or more" rbm --data bars.csv --hidden 4 --weight-decay -0.5
refuse 2 "valid-fraction -0.5: expected 0 or more" rbm --data bars.csv --hidden 4 --valid-fraction -0.5
echo "boltz train: all as expected"
