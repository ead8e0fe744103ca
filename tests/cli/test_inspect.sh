#!/usr/bin/env bash
# boltz inspect --topics, --units, --dependencies: what units stand for, in models whose structure is known; names from --header.
set -euo pipefail

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"
needs python3

# Documents of two topics of three words each, as svmlight counts; a table in which colour correlates with size, and flag with nothing.
python3 - <<'PY'
import random
random.seed(3)
with open("docs.svm", "w") as docs:
    for _ in range(400):
        topic, count = random.randrange(2), [0] * 6
        for _ in range(12):
            count[3 * topic + random.randrange(3) if random.random() < .95 else random.randrange(6)] += 1
        docs.write(" ".join([str(topic)] + ["%d:%d" % (i + 1, c) for i, c in enumerate(count) if c]) + "\n")
open("words.txt", "w").write("space,spaces\nnasa\norbit\nhockey\ngame\nteam\n")
with open("table.csv", "w") as table:
    table.write("id,colour,size,flag\n")
    for i in range(500):
        k = random.randrange(3)
        table.write("r%d,%s,%.2f,%d\n" % (i, ["red", "green", "blue"][k], 3 * k + random.gauss(0, .3), random.randrange(2)))
PY
"$boltz" train rbm --data docs.svm --visible-unit multinomial --header words.txt --hidden 2 --updates 2000 --out repo/docs --log none 2>/dev/null >/dev/null
"$boltz" inspect repo/docs --topics --top 3 --json | python3 -c '
import json, sys
topics = json.load(sys.stdin)["topics"]
found = {frozenset(w["name"] for w in t["words"]) for t in topics}
sets = {frozenset(("space", "nasa", "orbit")), frozenset(("hockey", "game", "team"))}
assert len(topics) == 2 and any(f & {"space", "nasa", "orbit"} == f or f & {"hockey", "game", "team"} == f for f in found), topics
for t in topics:
    assert all(w["on"] > w["off"] for w in t["words"]), t'
"$boltz" inspect repo/docs --topics | grep -Eq '^hidden 0: .*(nasa|hockey|space|game|orbit|team)'

# Rows that a unit responds to are those with the largest features; ids are carried along.
"$boltz" train rbm --data table.csv --index-column id --standardize --hidden 8 --updates 4000 --learning-rate 0.05 --early-stopping off --out repo/table --log none 2>/dev/null >/dev/null
"$boltz" inspect repo/table --units --data table.csv --index-column id --top 3 --json 2>/dev/null >units.json
"$boltz" features repo/table --data table.csv --index-column id --out features.npz 2>/dev/null
"$boltz" features repo/table --data table.csv --index-column id --out features.csv 2>/dev/null
python3 - <<'PY'
import csv, json
units = json.load(open("units.json"))["units"]
lines = [r for r in csv.reader(open("features.csv"))]
values = [[float(x) for x in r if not x.startswith("r")] for r in lines if any(c.startswith("r") and c[1:].isdigit() for c in r)]
assert len(values) == 500, len(values)
for unit in units:
    column = [v[unit["unit"]] for v in values]
    assert len(unit["rows"]) == 3
    for place, row in enumerate(unit["rows"]):
        assert abs(sorted(column, reverse=True)[place] - row["mean"]) < 1e-5, (unit, place)
        assert row["id"] == "r%d" % row["row"] and abs(column[row["row"]] - row["mean"]) < 1e-5
PY

# Of three variables, the two that are correlated have the strongest dependency; the same in the file of all pairs.
"$boltz" inspect repo/table --dependencies --pairs pairs.csv --json | python3 -c '
import json, sys
pairs = json.load(sys.stdin)["dependencies"]
assert len(pairs) == 3 and {pairs[0]["a"], pairs[0]["b"]} == {"colour", "size"}, pairs
assert pairs[0]["strength"] > 3 * pairs[1]["strength"], pairs
cells = [float(x) for line in open("pairs.csv") for x in line.split(",")]
assert len(cells) == 9 and abs(max(cells) - pairs[0]["strength"]) < 1e-4, (cells, pairs)
assert all(abs(cells[3 * i + j] - cells[3 * j + i]) < 1e-9 for i in range(3) for j in range(3))'
"$boltz" inspect repo/table --pairs pairs.png --apc
[ "$(head -c 4 pairs.png | tail -c 3)" = PNG ]

# For weak couplings, the effective coupling of two bits through hidden units of any type says how much likelier they are to be on
# together than independently: F(1,0) + F(0,1) - F(1,1) - F(0,0).
cat >weak.py <<'PY'
import csv, random, sys
from models import layer, save
random.seed(7)
bits, units = 4, 6
def values(n, scale):
    return [random.gauss(0, scale) for _ in range(n)]
if sys.argv[1] == "make":
    for unit in sys.argv[2:]:
        more = {"groups": 2} if unit == "softmax" else {}
        tensors = {"v.bias": ([bits], values(bits, .5)), "h.bias": ([units], [-1, -.5, .5, 1, 2, 0]),
                   "v~h.weight": ([bits, units], values(bits * units, .04))}
        if unit in ("gaussian", "relu"):
            tensors["h.log_sigma"] = ([units], values(units, .3))
        save(unit, "rbm", [layer("v", "visible", "bernoulli", bits), layer("h", "hidden", unit, units, **more)], [["v", "h"]], tensors)
    pairs = [(a, b) for a in range(bits) for b in range(a)]
    with open("pairs.rows", "w") as out:
        for a, b in pairs:
            for x, y in ((1, 0), (0, 1), (1, 1), (0, 0)):
                out.write(",".join(str(x if i == a else y if i == b else 0) for i in range(bits)) + "\n")
else:
    found = [[float(x) for x in r] for r in csv.reader(open("strength.csv"))]
    energy = [float(r["free_energy"]) for r in csv.DictReader(open("energy.csv"))]
    for k, (a, b) in enumerate((a, b) for a in range(bits) for b in range(a)):
        f = energy[4 * k:4 * k + 4]
        want = abs(f[0] + f[1] - f[2] - f[3])
        assert abs(found[a][b] - want) < .1 * want + 4e-5, (sys.argv[2], a, b, found[a][b], want)
PY
export PYTHONPATH=$SOURCE_DIR/tests/support PYTHONDONTWRITEBYTECODE=1
types="bernoulli spin gaussian relu softmax"
# shellcheck disable=SC2086
python3 weak.py make $types
for type in $types; do
    "$boltz" inspect repo/$type --pairs strength.csv
    "$boltz" score repo/$type --data pairs.rows --header none --out energy.csv 2>/dev/null
    python3 weak.py compare $type
done

refused() {
    local say=$1
    shift
    if "$@" 2>message >/dev/null; then echo "not refused: $*"; exit 1; fi
    grep -q -- "$say" message || { cat message; exit 1; }
}
"$boltz" train dbm --data docs.svm --visible-unit multinomial --hidden 3,2 --updates 50 --pretrain off --out repo/deep --log none 2>/dev/null >/dev/null
refused 'coupled to one another' "$boltz" inspect repo/deep --dependencies
refused 'found 6 names' "$boltz" inspect repo/table --topics --header words.txt
refused '--data: requires' "$boltz" inspect repo/table --data table.csv
refused 'found 6 names' "$boltz" train rbm --data features.npz --header words.txt --hidden 2 --out repo/x
