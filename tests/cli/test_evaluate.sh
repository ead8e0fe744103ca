#!/usr/bin/env bash
# boltz evaluate on every kind of machine: exact, estimated, bracketed, row by row, saved and served. The machines are small and made
# by formula; the expected numbers were computed independently.
set -euo pipefail

boltz=$BIN_DIR/boltz
command -v python3 >/dev/null && command -v curl >/dev/null || { echo "skipped: needs python3 and curl"; exit 77; }
work=$(mktemp -d)
daemon=
cleanup() {
    [ -z "$daemon" ] || kill "$daemon" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT
cd "$work"

cat >make.py <<'PY'
import math
from models import layer, save

def waves(rows, columns, t, scale=1):
    return [rows, columns], [scale * math.sin(1.7 * i + .9 * j + t) for i in range(rows) for j in range(columns)]

def bias(values):
    return [len(values)], list(values)

def lateral(n, f):
    return [n, n], [0 if i == j else f(i, j) for i in range(n) for j in range(n)]

b, c, c2 = [.2 * math.cos(i) for i in range(4)], [-.1 * math.cos(2 * j) for j in range(3)], [.15, .3]
v, h = layer("v", "visible", "bernoulli", 4), layer("h", "hidden", "bernoulli", 3)
base = {"v.bias": bias(b), "h.bias": bias(c), "v~h.weight": waves(4, 3, .3)}
save("rbm", "rbm", [v, h], [["v", "h"]], base)
save("dbm", "dbm", [v, h, layer("k", "hidden", "bernoulli", 2)], [["v", "h"], ["h", "k"]],
     {**base, "k.bias": bias(c2), "h~k.weight": waves(3, 2, 1.1)})
save("bm", "bm", [v, h], [["v", "h"], ["v", "v"], ["h", "h"]],
     {**base, "v~v.weight": lateral(4, lambda i, j: .3 * math.sin(i + j + .5)),
      "h~h.weight": lateral(3, lambda i, j: .4 * math.cos(i + j + .2))})
save("real", "rbm", [layer("v", "visible", "gaussian", 4), h], [["v", "h"]],
     {**base, "v.log_sigma": bias([math.log(.5 + .25 * i) for i in range(4)])})
save("kinds", "rbm", [layer("v", "visible", "softmax", 6, groups=2), layer("h", "hidden", "bernoulli", 2)], [["v", "h"]],
     {"v.bias": bias([.1 * (i + 1) * a for i in range(2) for a in range(3)]), "h.bias": bias([-.2, .3]),
      "v~h.weight": waves(6, 2, .7)})
save("words", "rbm", [layer("v", "visible", "multinomial", 3), layer("h", "hidden", "bernoulli", 2)], [["v", "h"]],
     {"v.bias": bias([.1, -.2, .05]), "h.bias": bias([.1, -.3]), "v~h.weight": waves(3, 2, .2)})
save("both", "multimodal", [layer("dots", "visible", "bernoulli", 4), layer("real", "visible", "gaussian", 2),
                            layer("a", "hidden", "bernoulli", 3), layer("b", "hidden", "bernoulli", 2),
                            layer("joint", "hidden", "bernoulli", 2)],
     [["dots", "a"], ["real", "b"], ["a", "joint"], ["b", "joint"]],
     {"dots.bias": bias(b), "real.bias": bias([.1, -.3]), "real.log_sigma": bias([-.3, .2]), "a.bias": bias(c),
      "b.bias": bias([.3, -.1]), "joint.bias": bias([.2, -.4]), "dots~a.weight": waves(4, 3, .3, 1.5),
      "real~b.weight": waves(2, 2, .9), "a~joint.weight": waves(3, 2, 1.1, 1.5), "b~joint.weight": waves(2, 2, .4, 1.5)})
save("class", "rbm", [v, layer("label", "label", "softmax", 2), h], [["v", "h"], ["label", "h"]],
     {**base, "label.bias": bias([.5, -.5]), "label~h.weight": waves(2, 3, .8)})
big = {k: (s, [1e4 * x for x in x_]) for k, (s, x_) in base.items()}
save("huge-rbm", "rbm", [v, h], [["v", "h"]], big)
save("huge-dbm", "dbm", [v, h, layer("k", "hidden", "bernoulli", 2)], [["v", "h"], ["h", "k"]],
     {**big, "k.bias": bias([1e4, -1e4]), "h~k.weight": waves(3, 2, 1.1, 1e4)})
save("huge-real", "rbm", [layer("v", "visible", "gaussian", 4), h], [["v", "h"]], {**big, "v.log_sigma": bias([0, .1, .2, .3])})
# Independent blocks, 16 times the rbm: too many hidden units to enumerate, and every extensive quantity is 16 times as large.
n = 16
w = [0.0] * (4 * n * 3 * n)
for k in range(n):
    for i in range(4):
        for j in range(3):
            w[(4 * k + i) * 3 * n + 3 * k + j] = base["v~h.weight"][1][3 * i + j]
save("blocks", "rbm", [layer("v", "visible", "bernoulli", 4 * n), layer("h", "hidden", "bernoulli", 3 * n)], [["v", "h"]],
     {"v.bias": bias(b * n), "h.bias": bias(c * n), "v~h.weight": ([4 * n, 3 * n], w)})

# Two modes: bits near a pattern, or near its complement with e^10 times the mass; idle units make the machine too large to sum.
s = [1 if i * i % 7 < 3 else -1 for i in range(60)]
f = lambda x: max(x, 0) + math.log1p(math.exp(-abs(x)))
idle = 25
c0 = 10 + sum(f(2.2 * a) for a in s) - sum(f(-2.2 * a) for a in s)
save("modes", "rbm", [layer("v", "visible", "bernoulli", 60), layer("h", "hidden", "bernoulli", 1 + idle)], [["v", "h"]],
     {"v.bias": bias([2.2 * a for a in s]), "h.bias": bias([c0] + [0] * idle),
      "v~h.weight": ([60, 1 + idle], [x for a in s for x in [-4.4 * a] + [0] * idle])})
print(sum(f(2.2 * a) for a in s) + f(10) + idle * math.log(2), file=open("modes.z", "w"))

rows = lambda name, lines: open(name, "w").write("".join(",".join(map(str, l)) + "\n" for l in lines))
states = [[i >> 3 & 1, i >> 2 & 1, i >> 1 & 1, i & 1] for i in range(16)]
rows("bits.csv", [[1, 0, 1, 0]] + states)
rows("labels.csv", [[i % 2] for i in range(17)])
rows("real.csv", [[.3, -.2, 1.1, .4], [0, .5, -1, 2], [1, -1, 0, .1]])
rows("kinds.csv", [[1, 0, 0, 0, 1, 0], [0, 0, 1, 0, 0, 1]])
rows("words.csv", [[2, 1, 0], [1, 1, 1], [0, 1, 4], [1, 0, 0]])
rows("pair.csv", [[.3, -.2], [1, .5], [-1, .2]])
rows("dots.csv", states[5:8])
rows("modes.csv", [[int((s[i] > 0) != ((i * 31 + r * 17) % 10 == 0)) for i in range(60)] for r in range(50)])
rows("blocks.csv", [s * n for s in states])
PY
PYTHONPATH=$SOURCE_DIR/tests/support PYTHONDONTWRITEBYTECODE=1 python3 make.py

cat >check.py <<'PY'
import json, sys
found, names = json.load(open("found")), {}
def near(value, want, within, what):
    assert value is not None and abs(value - want) <= within, "%s: %s, want %s within %s" % (what, value, want, within)
def z(entry=None):
    entry = entry or found["log_partition"]
    return entry["value"], entry["stderr"]
exec(sys.argv[1])
PY
evaluate() { # MODEL DATA... -- OPTION... ; standard input has the assertions about the JSON object
    local model=$1 data=()
    shift
    while [ "$1" != -- ]; do data+=("$1"); shift; done
    shift
    "$boltz" evaluate "repo/$model" "${data[@]}" "$@" --json >found 2>message ||
        { echo "FAILED: $model ${data[*]} $*: $(cat message)"; exit 1; }
    python3 check.py "$(cat)" || { echo "FAILED: $model ${data[*]} $*: $(cat found)"; exit 1; }
}
refuse() { # WORDS COMMAND...
    local words=$1
    shift
    "$@" >out 2>message && { echo "FAILED: not refused: $*"; exit 1; }
    grep -qF -- "$words" message || { echo "FAILED: '$*': not said: $words but $(cat message)"; exit 1; }
}

declare -A pseudo=([rbm]=-3.206688296243 [dbm]=-3.214806912206 [bm]=-3.254324633918)
declare -A log_z=([rbm]=5.605012541657 [dbm]=7.437633816175 [bm]=5.473975852607 [real]=16.390693331675 [kinds]=4.916590103257)
data_of() {
    case $1 in
    real | huge-real) echo "--data real.csv" ;;
    kinds | words | blocks) echo "--data $1.csv" ;;
    both) echo "--data dots=dots.csv --data real=pair.csv" ;;
    class) echo "--data bits.csv --labels labels.csv" ;;
    *) echo "--data bits.csv" ;;
    esac
}

# Exact values; estimates within their errors; the bracket around them; --save, and what score and the daemon report afterwards.
for model in rbm dbm bm real kinds both class; do
    read -ra data <<<"$(data_of $model)"
    evaluate $model "${data[@]}" -- --exact <<<"
want = ${log_z[$model]:-None}
if want: near(z()[0], want, 1e-5, 'log Z')
want = ${pseudo[$model]:-None}
if want: near(found['pseudo_likelihood_mean'], want, 1e-6, 'pseudo-likelihood')
assert found['log_prob_kind'] == 'exact' and found['log_partition']['method'] == 'exact'"
    cp found exact
    evaluate $model "${data[@]}" -- --ais-only --betas 600 --bracket --bracket-rows 100 --cases 100 <<<"
exact = json.load(open('exact'))
near(z()[0], exact['log_partition']['value'], 4 * z()[1] + 1e-6, 'log Z')
near(found['reverse_log_partition'], exact['log_partition']['value'], .1, 'reverse')
near(found['raise_log_prob_mean'], exact['log_prob_mean'], .1, 'RAISE')
shift = z()[0] - exact['log_partition']['value']
near(found['case_log_prob_mean'] + shift, exact['log_prob_mean'], 5 * found['case_gap_stderr'] + 1e-5, 'cases')
near(found['case_bound_mean'], found['log_prob_mean'], 1e-9, 'bound of all rows')
near(found['case_gap'], exact['log_prob_mean'] - found['log_prob_mean'] - shift, 5 * found['case_gap_stderr'] + 1e-5, 'gap')
assert found['log_prob_kind'] == ('lower_bound' if '$model' in ('dbm', 'bm', 'both') else 'estimate')
assert found['log_partition']['runs'] == 100 and found['log_partition']['betas'] == 600 and found['log_partition']['ess'] > 50"
    evaluate $model "${data[@]}" -- --exact --save </dev/null
    evaluate $model "${data[@]}" -- <<<"
near(z()[0], json.load(open('exact'))['log_partition']['value'], 1e-9, 'stored log Z')"
    "$boltz" score "repo/$model" "${data[@]}" --out scores.csv 2>message
    case $model in
    dbm | bm | both) grep -qE "([0-9]+) of \1 rows are upper bounds, by mean field" message ;;
    *) ! grep -q "upper bounds" message ;;
    esac || { echo "FAILED: score $model: $(cat message)"; exit 1; }
    python3 - <<'PY'
import json
scores = [float(line.split(",")[1]) for line in open("scores.csv").read().split()[1:]]
assert abs(sum(scores) / len(scores) - json.load(open("found"))["log_prob_mean"]) < 1e-9, (scores, open("found").read())
PY
    cp scores.csv "scores-$model.csv"
done
grep -q -- '-3.4542' scores-rbm.csv # log p(1010)

# Counts: one log Z for each number of words.
evaluate words --data words.csv -- --exact --save <<<"
assert [e['counts'] for e in found['log_partition']] == [3, 5, 1], found
for e, want in zip(found['log_partition'], (5.711906954641, 8.818405992936, 2.772111608554)): near(e['value'], want, 1e-5, 'log Z')"
cp found exact
evaluate words --data words.csv -- --ais-only --betas 600 --cases 4 <<<"
for e, x in zip(found['log_partition'], json.load(open('exact'))['log_partition']): near(e['value'], x['value'], 4 * e['stderr'] + 1e-6, 'log Z')
near(found['case_gap'], 0, 1e-5, 'gap')"
refuse "depends on the number of counts" "$boltz" evaluate repo/words --data words.csv --ais --betas 100 --bracket
refuse "depends on the number of counts" "$boltz" evaluate repo/words --data words.csv --thermodynamics
refuse "--runs: requires --ais" "$boltz" evaluate repo/words --data words.csv --runs 10
refuse "--bracket-rows: requires --bracket" "$boltz" evaluate repo/words --data words.csv --bracket-rows 10
refuse "--top: requires --predict" "$boltz" evaluate repo/words --data words.csv --top 2
refuse "--temperature: requires --thermodynamics" "$boltz" evaluate repo/words --data words.csv --temperature 2

# A model that does not record how its rows were scaled: levels up to 255 are divided as in training.
printf '0,128,255,7\n255,0,0,1\n' >levels.csv
evaluate rbm --data levels.csv -- --exact <<<"
assert found['binarize'] == 'stochastic' and found['log_prob_mean'] < 0, found"

# A sum of few terms is computed exactly even when --ais asks for an estimate.
evaluate rbm --data bits.csv -- --ais --betas 100 <<<"
assert found['log_partition']['method'] == 'exact' and found['log_partition']['warning'] is None"

# A mode missed by annealed runs that start from the rows' rates: it is found, and reported wherever log p is.
evaluate modes --data modes.csv -- --ais --betas 2000 --save <<<"
near(z()[0], float(open('modes.z').read()), 4 * z()[1], 'log Z')
assert 'annealed runs miss' in found['log_partition']['warning'] and z()[1] < .3, found"
grep -q 'warning: log Z: a share of 1 of Z' message || { echo "FAILED: not warned: $(cat message)"; exit 1; }
"$boltz" score repo/modes --data modes.csv --out scores.csv 2>message
grep -q 'log Z stored with the model: a share' message || { echo "FAILED: score says nothing: $(cat message)"; exit 1; }
"$boltz" inspect repo/modes | grep -q 'unreliable: a share'

# Thermodynamics, enumerated and sampled.
evaluate rbm --data bits.csv -- --thermodynamics <<<"
near(found['energy'], -1.398041274113, 1e-5, 'energy')
near(found['entropy'], 4.206971267544, 1e-5, 'entropy')
near(found['heat_capacity'], 1.252549946894, 1e-5, 'heat capacity')"
evaluate rbm --data bits.csv -- --thermodynamics --temperature 2 </dev/null
cp found small
evaluate blocks --data blocks.csv -- --thermodynamics --temperature 2 --betas 1000 <<<"
small = json.load(open('small'))
assert small['energy_stderr'] == 0 and found['energy_stderr'] > 0 and found['swap_rate_lowest'] > .1 and found['autocorrelation_sweeps'] > .5
for key in ('energy', 'entropy', 'heat_capacity'): near(found[key], 16 * small[key], 4 * found[key + '_stderr'] + 1e-4, key)"
evaluate blocks --data blocks.csv -- --ais-only --betas 1000 --cases 3 <<<"
near(z()[0], 16 * 5.605012541657, 4 * z()[1] + 1e-5, 'log Z')
near(found['case_gap'], 0, 1e-3, 'gap')"
refuse "2^25; --ais estimates log Z" "$boltz" evaluate repo/blocks --data blocks.csv --exact

# Energies of 1e4 and more still give finite numbers.
for model in huge-rbm huge-dbm huge-real; do
    read -ra data <<<"$(data_of $model)"
    evaluate $model "${data[@]}" -- --exact --thermodynamics <<<"
assert all(found[k] is not None for k in ('free_energy_mean', 'log_prob_mean', 'energy', 'entropy', 'heat_capacity')), found"
    evaluate $model "${data[@]}" -- --ais-only --betas 300 --runs 20 --bracket --bracket-rows 3 --cases 3 <<<"
assert all(found[k] is not None for k in ('free_energy_mean', 'reverse_log_partition', 'raise_log_prob_mean', 'case_gap')), found"
done

# What cannot be measured is refused, with the reason named.
echo 1,0,,1 >gap.csv
refuse "row 1 lacks values of layer 'v'" "$boltz" evaluate repo/rbm --data gap.csv --missing infer --ais --betas 100 --bracket
refuse "row 1 lacks values of layer 'real'" "$boltz" evaluate repo/both --data dots=dots.csv --cases 2
refuse "row 1 lacks values of layer 'label'" "$boltz" evaluate repo/class --data bits.csv --cases 2
refuse "3 rows" "$boltz" evaluate repo/both --data dots=bits.csv --data real=pair.csv
refuse "--exact and --ais" "$boltz" evaluate repo/rbm --data bits.csv --exact --ais
refuse "--save needs --exact or --ais" "$boltz" evaluate repo/rbm --data nowhere.csv --save
for between in ',' ' ' ', ' '	'; do
    sed "s/.*/&${between}1/" labels.csv >two.csv
    refuse "two labels for one row" "$boltz" evaluate repo/class --data bits.csv --labels two.csv
done
refuse "two labels for one row" "$boltz" evaluate repo/class --data bits.csv --labels labels.csv --label-column 1

# A log Z that belongs to other weights is ignored with a warning, here and in the daemon.
mkdir -p repo/moved/1
python3 - <<'PY'
data = bytearray(open("repo/rbm/1/model.safetensors", "rb").read())
data[-4:] = b"\0\0\0\0"
open("repo/moved/1/model.safetensors", "wb").write(data)
PY
"$boltz" score repo/moved --data bits.csv >out 2>message
grep -q "other weights" message && [ "$(head -1 out)" = free_energy ] || { echo "FAILED: $(cat message) $(head -2 out)"; exit 1; }

"$BIN_DIR/boltzd" --model-repository repo --listen "unix:$work/socket" --workers 1 2>daemon.log &
daemon=$!
for _ in $(seq 300); do
    curl -sf --unix-socket socket http://localhost/v2/health/ready >/dev/null && break
    sleep 0.1
done
served() { curl -sf --unix-socket socket "http://localhost/v1/models/$1/free-energy" -d "$2"; }
for model in rbm dbm bm real kinds; do
    file=$(data_of $model)
    row=$(head -1 "${file#--data }")
    served $model "{\"inputs\": [[$row]]}" >reply || { echo "FAILED: $model is not served: $(cat daemon.log)"; exit 1; }
    python3 - $model <<'PY'
import json, sys
reply, score = json.load(open("reply")), open("scores-%s.csv" % sys.argv[1]).read().split()[1].split(",")
assert abs(reply["free_energy"][0] - float(score[0])) < 1e-9 and abs(reply["log_prob"][0] - float(score[1])) < 1e-9, (reply, score)
PY
done
served rbm '{"inputs": [[1, 0, 1, 0]]}' | grep -q '"log_prob_warning":null' || { echo "FAILED: a warning without a cause"; exit 1; }
served modes "{\"inputs\": [[$(head -1 modes.csv)]]}" | grep -q '"log_prob_warning":"a share of 1 of Z' || { echo "FAILED: served without a warning"; exit 1; }
served moved '{"inputs": [[1, 0, 1, 0]]}' | grep -q '"log_prob":null' || { echo "FAILED: log_prob of other weights is served"; exit 1; }
grep -q "other weights" daemon.log || { echo "FAILED: the daemon does not say that log Z is of other weights: $(cat daemon.log)"; exit 1; }
echo "boltz evaluate: all as expected"
