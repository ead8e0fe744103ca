#!/usr/bin/env bash
# Every kind of machine learns 4x4 bars and stripes with default options (deep and lateral machines with fewer updates, and most of the deep
# ones with two sweeps an update, where more add nothing), judged by exact log likelihood. The optimum is -3.379 nats per row; the uniform distribution over the 30 pictures gives -3.401, independent units
# -11.09.
set -euo pipefail

boltz=$BIN_DIR/boltz
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

awk 'BEGIN { for (p = 0; p < 16; p++) for (way = 0; way < 2; way++) {
    line = ""
    for (i = 0; i < 4; i++) for (j = 0; j < 4; j++) { k = way ? j : i; line = line "," (int(p / 2 ^ k) % 2) }
    print substr(line, 2) } }' >bars.csv
cut -d, -f1-8 bars.csv >top.csv
cut -d, -f9-16 bars.csv >bottom.csv

failures=0
learns() { # lowest mean log p allowed, kind, arguments
    local least=$1 kind=$2 found
    shift 2
    local data=(--data bars.csv)
    [ "$kind" != multimodal ] || data=(--data top=top.csv --data bottom=bottom.csv)
    rm -rf model
    "$boltz" train "$kind" "${data[@]}" "$@" --threads 1 --log none --out model >/dev/null
    found=$("$boltz" evaluate model "${data[@]}" --exact --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["log_prob_mean"])')
    echo "$kind $*: mean log p $found, wanted at least $least"
    python3 -c 'import sys; sys.exit(not float(sys.argv[1]) >= float(sys.argv[2]))' "$found" "$least" || failures=$((failures + 1))
}

learns -3.6 bm
learns -3.9 bm --hidden 12 --lateral visible --updates 5000
learns -3.8 dbm --hidden 12,8 --updates 12000 --k 2
"$boltz" features model --data bars.csv --layer hidden2 --out top.npy >/dev/null
learns -4.0 dbm --hidden 12,8 --pretrain stacked --updates 6000 --k 2
if [ -n "${BOLTZ_LONG_TESTS:-}" ]; then # other ways to the same machines
    learns -3.8 dbm --hidden 12,8 --pretrain off --k 2
    learns -4.8 dbm --hidden 12,8 --pretrain grown --updates 6000
    learns -4.6 dbm --hidden 12,8,6 --updates 6000 --k 2
    learns -3.7 rbm --hidden 16 --optimizer adam --updates 12000
fi
learns -3.8 multimodal --hidden top=8 --hidden bottom=8 --joint 8 --updates 16000 --k 2
learns -3.7 rbm --hidden 16 --algorithm cd --updates 14000

# A deep machine's upper layer carries information about the layer below it.
python3 - <<'PY' || failures=$((failures + 1))
import re, struct
data = open("top.npy", "rb").read()
n, units = map(int, re.search(rb"'shape': \((\d+), (\d+)\)", data).groups())
x = struct.unpack("<%df" % (n * units), data[-4 * n * units:])
spread = [max(x[j::units]) - min(x[j::units]) for j in range(units)]
print("upper units vary by", " ".join("%.2f" % s for s in spread))
raise SystemExit(sum(s > 0.2 for s in spread) < units // 2)
PY

# Counts of words with very different frequencies, in rows of very different lengths, from four topics.
python3 - <<'PY'
import random
random.seed(1)
words, topics = 300, 4
with open("documents.svm", "w") as out:
    for row in range(1200):
        topic, count = row % topics, {}
        for k in range(random.choice((3, 10, 30, 100, 300))):
            w = min(words - 1, int(random.paretovariate(0.7)) - 1)
            if random.random() < 0.8:
                w = min(words - 1, w // topics * topics + topic)
            count[w] = count.get(w, 0) + 1
        out.write("0 " + " ".join("%d:%d" % (w + 1, n) for w, n in sorted(count.items())) + "\n")
PY
value() {
    "$boltz" train rbm --data documents.svm --visible-unit multinomial --hidden 6 --threads 1 --log none --out "$@" >/dev/null
    "$boltz" evaluate "$1" --data documents.svm --exact --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["log_prob_mean"])'
}
start=$(value words-start --updates 1 --learning-rate 1e-9) learned=$(value words --updates 400)
echo "words: mean log p $learned, wanted 15 more than $start"
python3 -c 'import sys; sys.exit(not float(sys.argv[1]) >= float(sys.argv[2]) + 15)' "$learned" "$start" || failures=$((failures + 1))
[ "$failures" -eq 0 ]
