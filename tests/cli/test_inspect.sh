#!/usr/bin/env bash
# boltz inspect --topics, --units, --dependencies: what units stand for, against models whose structure is known; names from --header.
set -euo pipefail

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"
needs python3

# Documents of two topics of three words each, as svmlight counts; a table in which colour goes with size and flag with nothing.
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

# Rows that a unit answers to are those with the largest features; ids go along.
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

# Of three variables the two that go together depend on one another most; the same in the file of all pairs.
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

refused() {
    local say=$1
    shift
    if "$@" 2>message >/dev/null; then echo "not refused: $*"; exit 1; fi
    grep -q -- "$say" message || { cat message; exit 1; }
}
"$boltz" train dbm --data docs.svm --visible-unit multinomial --hidden 3,2 --updates 50 --pretrain off --out repo/deep --log none 2>/dev/null >/dev/null
refused 'coupled to one another' "$boltz" inspect repo/deep --dependencies
refused 'found 6 names' "$boltz" inspect repo/table --topics --header words.txt
refused '--data: goes with' "$boltz" inspect repo/table --data table.csv
refused 'found 6 names' "$boltz" train rbm --data features.npz --header words.txt --hidden 2 --out repo/x
