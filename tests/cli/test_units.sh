#!/usr/bin/env bash
# Every unit type from the command line: recognised in the data, trained, evaluated, sampled.
set -euo pipefail

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"

# A ring of eight spins, each like its neighbours; counts of four words in two topics.
python3 - <<'PY'
import math, random, struct
random.seed(3)
x = [[random.choice((-1, 1)) for _ in range(8)] for _ in range(300)]
for row in x:
    for _ in range(40):
        for i in range(8):
            row[i] = 1 if random.random() < 1 / (1 + math.exp(-1.2 * (row[i - 1] + row[(i + 1) % 8]))) else -1
open("spins.csv", "w").write("".join(",".join(map(str, r)) + "\n" for r in x))
header = "{'descr': '|i1', 'fortran_order': False, 'shape': (300, 8), }".ljust(117) + "\n"
with open("spins.npy", "wb") as f:
    f.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + header.encode() + struct.pack("2400b", *sum(x, [])))
with open("words.csv", "w") as f:
    for _ in range(200):
        words = random.choices(range(4), random.choice(([4, 4, 1, 1], [1, 1, 4, 4])), k=6)
        f.write(",".join(str(words.count(k)) for k in range(4)) + "\n")
def floats(name, shape, values):
    header = ("{'descr': '<f4', 'fortran_order': False, 'shape': %s, }" % (shape,)).ljust(117) + "\n"
    open(name, "wb").write(b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + header.encode() + struct.pack("<%df" % len(values), *values))
grey = [max(-1, min(1, random.gauss(1 if i % 12 < 6 else -1, .8))) for i in range(1200)]
floats("grey.npy", (100, 3, 4), grey)
floats("flat.npy", (100, 12), grey)
even = [random.uniform(-1, 1) for _ in range(1200)]
floats("even.npy", (100, 12), [-1, 1] + even[2:])
floats("gaps.npy", (100, 12), [-1 if i % 5 == 0 else abs(v) if i > 1 else 1 for i, v in enumerate(even)])
PY

train() { "$boltz" train "$@" --updates 600 --batch 50 --log none >/dev/null; }

# AIS agrees with the sum over all states, and the sampled values are of the visible units' type.
check() {
    local name=$1 values=$2
    exact=$("$boltz" evaluate repo/$name --data spins.csv --exact --json)
    ais=$("$boltz" evaluate repo/$name --data spins.csv --ais --runs 200 --betas 1000 --json)
    "$boltz" sample repo/$name --count 50 --steps 100 --seed 3 --out $name.csv >/dev/null
    python3 - "$exact" "$ais" $name.csv "$values" <<'PY' || fail "$name"
import csv, json, math, sys
exact, ais = json.loads(sys.argv[1]), json.loads(sys.argv[2])
z, estimate = exact["log_partition"], ais["log_partition"]
assert z["method"] == "exact", z
assert abs(z["value"] - estimate["value"]) < 5 * estimate["stderr"] + 1e-4, (z, estimate)
assert exact["log_prob_mean"] > -8 * math.log(2), exact # better than coin flips
found = {float(v) for r in csv.reader(open(sys.argv[3])) if not r[0][:1].isalpha() for v in r}
assert found == set(map(float, sys.argv[4].split())), found
PY
}

for unit in bernoulli spin gaussian softmax softmax:2 relu; do
    train rbm --data spins.csv --hidden 4 --hidden-unit $unit --out repo/rbm-${unit/:/-}
    check rbm-${unit/:/-} "-1 1"
done
train bm --data spins.npy --hidden 3 --hidden-unit spin --out repo/bm
"$boltz" train rbm --data spins.csv --hidden 4 --hidden-unit drelu --out repo/none 2>err && fail "drelu units were trained"
grep -q "boltz import" err || fail "--hidden-unit drelu said: $(cat err)"
check bm "-1 1"
train dbm --data spins.csv --hidden 4,2 --hidden-unit spin --out repo/dbm
check dbm "-1 1"
train rbm --data spins.csv --hidden 4 --hidden-unit spin --algorithm pt --out repo/pt
check pt "-1 1"
"$boltz" inspect repo/rbm-relu | grep -q relu || fail "relu is not in the report"

# Numbers from -1 to 1 are grey levels where many are at the ends, but not measurements, nor those from 0 to 1 with -1 for gaps.
units() { "$boltz" train rbm --data "$1" --hidden 3 --updates 20 --out repo/units 2>message >/dev/null && "$boltz" inspect repo/units; }
for pair in grey.npy=spin flat.npy=spin even.npy=gaussian gaps.npy=gaussian; do
    found=$(units "${pair%=*}")
    grep -q "visible  *visible  *${pair#*=}" <<<"$found" || fail "${pair%=*} is not ${pair#*=}"
done
units grey.npy >/dev/null
grep -q 'taken as grey levels (spin)' message || fail "grey levels from -1 to 1 are not told"

# A graph given as pairs: only these are coupled, in the file too, and the sum over all states agrees with AIS.
for i in 0 1 2 3 4 5 6 7; do echo "$i $(((i + 1) % 8))"; done >ring.txt
train bm --data spins.csv --graph ring.txt --out repo/ring
check ring "-1 1"
python3 - repo/ring/1/model.safetensors <<'PY' || fail "the file of a sparse machine"
import json, struct, sys
data = open(sys.argv[1], "rb").read()
n = struct.unpack("<Q", data[:8])[0]
header = json.loads(data[8:8 + n])
assert header["visible~visible.index"]["shape"] == [8, 2] and header["visible~visible.weight"]["shape"] == [8], header
first, last = header["visible~visible.index"]["data_offsets"]
pairs = struct.unpack("<16i", data[8 + n + first:8 + n + last])
assert sorted(zip(pairs[::2], pairs[1::2])) == sorted((min(i, (i + 1) % 8), max(i, (i + 1) % 8)) for i in range(8)), pairs
PY
"$boltz" train bm --data spins.csv --init repo/ring --updates 50 --log none --out repo/ring >/dev/null || fail "going on from a sparse machine"

# Missing values are inferred, including spins.
sed '1s/^[^,]*/NA/; 5s/,[^,]*$/,NA/' spins.csv >gaps.csv
train rbm --data gaps.csv --visible-unit spin --missing infer --hidden 4 --out repo/gaps
"$boltz" reconstruct repo/gaps --data gaps.csv --missing infer --out filled.csv >/dev/null
[ "$(wc -l <filled.csv)" -ge 300 ] || fail "reconstruction of rows with gaps"

# Chains and replicas of counts have the requested number of words.
train rbm --data words.csv --visible-unit multinomial --hidden 3 --hidden-unit relu --out repo/words
for sampler in gibbs tempering; do
    "$boltz" sample repo/words --counts 4 --count 40 --steps 50 --sampler $sampler --out words-out.csv >/dev/null 2>&1
    awk -F, 'NR > 1 || $1 + 0 == $1 { s = 0; for (i = 1; i <= NF; i++) s += $i; if (s != 4) exit 1 }' words-out.csv ||
        fail "--counts 4 --sampler $sampler: rows of other lengths"
done

# Refusals say what would be accepted.
refuse() {
    local want=$1
    shift
    if "$@" >out 2>err; then fail "accepted: $*"; fi
    grep -q -- "$want" err || fail "'$*' says: $(cat err)"
}
refuse "expected bernoulli, gaussian, softmax, spin or relu" "$boltz" train rbm --data spins.csv --hidden 4 --hidden-unit multinomial --out repo/no
sed 's/-1/0/g' spins.csv >bits.csv
refuse "only 0 and 1, but the units of visible are spins" "$boltz" train rbm --data bits.csv --visible-unit spin --hidden 4 --out repo/no
refuse "only 0 and 1, but the units of visible are spins" "$boltz" score repo/rbm-spin --data bits.csv
awk -F, -v OFS=, '{ $3 = ($3 + 1) / 2; print }' spins.csv >column.csv
awk -F, -v OFS=, '{ $3 = $3 > 0 ? "true" : "false"; print }' spins.csv >words-column.csv
refuse "column 3: only 0 and 1, but the units of visible are spins" "$boltz" train rbm --data column.csv --visible-unit spin --hidden 4 --out repo/no
refuse "column 3: only 0 and 1, but the units of visible are spins" "$boltz" score repo/rbm-spin --data column.csv
head -n 1 words-column.csv >one-row.csv
refuse "truth value; the model expects a number" "$boltz" score repo/rbm-spin --data one-row.csv
refuse "number of states" "$boltz" train rbm --data spins.csv --hidden 4 --hidden-unit spin:3 --out repo/no
echo "0 9" >far.txt
refuse "far.txt" "$boltz" train bm --data spins.csv --graph far.txt --out repo/no
refuse "expected a bm" "$boltz" train rbm --data spins.csv --hidden 4 --graph ring.txt --out repo/no
refuse "groups" "$boltz" train rbm --data spins.csv --hidden 4 --hidden-unit softmax:3 --out repo/no
refuse "expected bernoulli" "$boltz" train dbm --data spins.csv --hidden 4,2 --hidden-unit spin --pretrain stacked --out repo/no
refuse "spin" "$boltz" train rbm --data words.csv --visible-unit spin --hidden 4 --out repo/no
echo "ok"
