#!/usr/bin/env bash
# Each kind of machine for each kind of column: it is written, read and evaluated in finite numbers.
set -euo pipefail

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"
needs python3

python3 - <<'PY'
import random
random.seed(3)
rows = 100
group = [random.randrange(3) for _ in range(rows)]
def write(name, head, row):
    with open(name + ".csv", "w") as f:
        f.write(head)
        f.writelines(",".join(row(k)) + "\n" for k in group)
def bits(k): return [random.random() < .2 + .3 * k for _ in range(6)]
def number(k): return f"{random.gauss(k, 1):.4f}"
def word(k): return "xyz"[(k + random.randrange(2)) % 3]
write("bits", "", lambda k: [str(int(b)) for b in bits(k)])
write("spins", "", lambda k: [str(2 * b - 1) for b in bits(k)])
write("numbers", "", lambda k: [number(k) for _ in range(4)])
write("words", "a,b,c\n", lambda k: [word(k) for _ in range(3)])
write("mixed", "number,word,bit\n", lambda k: [number(k), word(k), str(random.randrange(2))])
write("gaps", "", lambda k: [number(k) if random.random() < .9 else "" for _ in range(4)])
open("classes", "w").writelines("abc"[k] + "\n" for k in group)
PY

kinds=("rbm" "rbm --labels classes" "bm --lateral visible" "bm --hidden 4 --lateral visible,hidden" "dbm --hidden 4,2" "autoencoder --hidden 4")
for data in bits spins numbers words mixed gaps; do
    for kind in "${kinds[@]}"; do
        missing=()
        [ $data != gaps ] || missing=(--missing infer)
        rm -rf machine
        # shellcheck disable=SC2086
        "$boltz" train $kind "${missing[@]}" --data $data.csv --updates 20 --out machine >/dev/null 2>said || fail "$kind, $data: $(tail -1 said)"
        "$boltz" evaluate machine "${missing[@]}" --data $data.csv >found 2>said || fail "$kind, $data: evaluate: $(tail -1 said)"
        if grep -iE '(^|[^a-z])(nan|inf)' found; then fail "$kind, $data: not a number"; fi
    done
done

echo "ok"
