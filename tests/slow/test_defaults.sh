#!/usr/bin/env bash
# `boltz train rbm` with nothing but --data, --hidden and --out: bars and stripes to near the optimum, and public tables without
# diverging and better than independent units. The tables need BOLTZ_DATA and python3.
set -euo pipefail

boltz=$BIN_DIR/boltz
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

key() { python3 -c 'import json,sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }
at_least() { python3 -c 'import sys; sys.exit(not float(sys.argv[1]) >= float(sys.argv[2]))' "$1" "$2"; }

# The 32 patterns of 4x4 bars and stripes, all-on and all-off twice: at best -3.379 nats a row.
awk 'BEGIN { for (p = 0; p < 16; p++) for (way = 0; way < 2; way++) {
    line = ""
    for (i = 0; i < 4; i++) for (j = 0; j < 4; j++) { k = way ? j : i; line = line "," (int(p / 2 ^ k) % 2) }
    print substr(line, 2) } }' >"$work/bas.csv"
"$boltz" train rbm --data "$work/bas.csv" --hidden 16 --log none --out "$work/bas" >/dev/null
found=$("$boltz" evaluate "$work/bas" --data "$work/bas.csv" --exact --json | key log_prob_mean)
echo "bars and stripes: mean log p $found, wanted at least -3.7"
at_least "$found" -3.7

[ -n "${BOLTZ_DATA:-}" ] || { echo "the tables were skipped: BOLTZ_DATA is not set"; exit 0; }

# What independent units give the first 1000 rows: bernoulli rates, or normal densities, of the training columns.
cat >"$work/independent.py" <<'P'
import gzip, math, struct, sys

def rows(path, skip_header, drop_first):
    data = gzip.open(path, "rb").read()
    if data[:2] == b"\0\0":
        rank = data[3]
        sizes = struct.unpack(">%dI" % rank, data[4:4 + 4 * rank])
        width = math.prod(sizes[1:])
        body = data[4 + 4 * rank:]
        return [list(body[i * width:(i + 1) * width]) for i in range(sizes[0])]
    lines = data.decode().splitlines()[1 if skip_header else 0:]
    return [[float(x) for x in line.split(",")][1 if drop_first else 0:] for line in lines]

kind, train, test = sys.argv[1:4]
table = kind == "table"
train, test = rows(train, table, table), rows(test, table, table)[:1000]
n, total = len(train), 0.0
for column in range(len(train[0])):
    values = [row[column] for row in train]
    if kind == "bernoulli":
        p = (sum(values) + 0.5) / (n + 1)
        total += sum(math.log(p if row[column] else 1 - p) for row in test)
    else:
        mean = sum(values) / n
        variance = max(sum((v - mean) ** 2 for v in values) / n, 1e-12)
        total += sum(-0.5 * math.log(2 * math.pi * variance) - 0.5 * (row[column] - mean) ** 2 / variance for row in test)
print(total / len(test))
P

failures=0
try() { # name, kind, hidden units, train file, test file, options
    local name=$1 kind=$2 hidden=$3 train=$4 test=$5
    shift 5
    if ! "$boltz" train rbm --data "$train" --hidden "$hidden" --log none --out "$work/$name" "$@" >/dev/null; then
        echo "$name: training failed"
        failures=$((failures + 1))
        return
    fi
    local found independent labels=()
    [ "$kind" != table ] || labels=(--label-column anomaly)
    found=$("$boltz" evaluate "$work/$name" --data "$test" --json "${labels[@]}" | key pseudo_likelihood_mean)
    independent=$(python3 "$work/independent.py" "$kind" "$train" "$test")
    echo "$name: pseudo-likelihood $found, independent units $independent"
    at_least "$found" "$independent" || { echo "$name: not better than independent units"; failures=$((failures + 1)); }
}

d=$BOLTZ_DATA
for set in nltcs baudio jester accidents mushrooms pumsb_star bbc; do
    try "$set" bernoulli 50 "$d/debd/$set.train.data.gz" "$d/debd/$set.test.data.gz"
done
try ocr-letters bernoulli 100 "$d/ocr-letters/ocr_letters.valid.data.gz" "$d/ocr-letters/ocr_letters.test.data.gz"
try alphadigits bernoulli 100 "$d/binary-alphadigits/images-idx3-ubyte.gz" "$d/binary-alphadigits/images-idx3-ubyte.gz"
try silhouettes bernoulli 100 "$d/caltech101-silhouettes/images-idx3-ubyte.gz" "$d/caltech101-silhouettes/images-idx3-ubyte.gz"
try newsgroups bernoulli 50 "$d/20newsgroups/w100-docs-idx2-ubyte.gz" "$d/20newsgroups/w100-docs-idx2-ubyte.gz"
[ "$failures" -eq 0 ]
