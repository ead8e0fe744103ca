#!/usr/bin/env bash
# boltz train autoencoder from the command line: reconstruction, its file, starting from a machine, resuming, refusals.
set -euo pipefail

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"
needs python3

# Four patterns of 16 bits, each bit flipped one time in twenty; the same as real values, with a column of categories.
python3 - <<'PY'
import random
random.seed(4)
with open("bits.csv", "w") as bits, open("table.csv", "w") as table:
    table.write("a,b,c,kind\n")
    for _ in range(600):
        k = random.randrange(4)
        bits.write(",".join(str(int(i // 4 == k) ^ (random.random() < .05)) for i in range(16)) + "\n")
        table.write("%.3f,%.3f,%.3f,%s\n" % (k + random.gauss(0, .1), -k + random.gauss(0, .1), random.gauss(5, 1), "wxyz"[k]))
PY

error() { "$boltz" evaluate "$1" --data "$2" --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["reconstruction_error_mean"])'; }
below() { python3 -c "import sys; assert float(sys.argv[1]) < float(sys.argv[2]), sys.argv" "$1" "$2"; }

[ "$("$boltz" train autoencoder --data bits.csv --hidden 8 --denoise 0.1 --updates 3000 --out repo/bits --log none)" = repo/bits/1 ]
below "$(error repo/bits bits.csv)" 0.06 # predicting each bit's mean gives 0.19
"$boltz" inspect repo/bits --json | python3 -c '
import json, sys
model = json.load(sys.stdin)
assert model["kind"] == "rbm", model["kind"]
assert model["training"]["algorithm"] == "autoencoder" and model["training"]["settings"]["kind"] == "autoencoder", model["training"]'

# Real values and categories; starting from an RBM; the same command gives the same bytes.
"$boltz" train autoencoder --data table.csv --standardize --hidden 6 --updates 3000 --out repo/table --log none >/dev/null
"$boltz" train rbm --data bits.csv --hidden 8 --epochs 3 --out repo/rbm --log none >/dev/null
for out in on again; do "$boltz" train autoencoder --data bits.csv --init repo/rbm --updates 600 --threads 1 --out repo/$out --log none >/dev/null; done
cmp repo/on/1/model.safetensors repo/again/1/model.safetensors
below "$(error repo/on bits.csv)" "$(error repo/rbm bits.csv)"
"$boltz" features repo/table --data table.csv --out features.npy
"$boltz" sample repo/bits --count 2 --steps 10 --out samples.csv

# Interrupted and resumed: the same bytes as an uninterrupted run.
"$boltz" train autoencoder --data bits.csv --hidden 8 --updates 30000 --threads 1 --out repo/cut --log none 2>/dev/null >/dev/null &
pid=$!
sleep 1
kill -INT "$pid"
rc=0; wait "$pid" || rc=$?
pid=
if [ "$rc" = 130 ]; then
    "$boltz" train autoencoder --data bits.csv --hidden 8 --updates 30000 --threads 1 --out repo/cut --resume --log none >/dev/null
fi
"$boltz" train autoencoder --data bits.csv --hidden 8 --updates 30000 --threads 1 --out repo/whole --log none >/dev/null
cmp repo/cut/1/model.safetensors repo/whole/1/model.safetensors

refused() { # expected message, then the command
    local say=$1 rc=0
    shift
    "$@" 2>message >/dev/null || rc=$?
    [ "$rc" = 2 ] || [ "$rc" = 1 ] || { echo "status $rc: $*"; exit 1; }
    grep -q -- "$say" message || { cat message; echo "expected: $say"; exit 1; }
}
refused '--hidden: an autoencoder has one hidden layer' "$boltz" train autoencoder --data bits.csv --hidden 8,4 --out repo/x
refused '--algorithm: an autoencoder has no chains' "$boltz" train autoencoder --data bits.csv --hidden 8 --algorithm cd --out repo/x
refused '--denoise: only an autoencoder' "$boltz" train rbm --data bits.csv --hidden 8 --denoise 0.1 --out repo/x
refused 'bernoulli or spin' "$boltz" train autoencoder --data bits.csv --hidden 8 --hidden-unit relu --out repo/x
[ ! -e repo/x/1 ]
