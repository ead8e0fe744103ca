#!/usr/bin/env bash
# A contact map compared with the contacts it should find: sequences from a Potts machine whose coupled pairs are known.
set -euo pipefail

boltz=$BIN_DIR/boltz
[ -x "$boltz" ] || { echo "no boltz in $BIN_DIR: skipped"; exit 77; }
command -v python3 >/dev/null || { echo "skipped: needs python3"; exit 77; }
family=$(cd "$(dirname "$0")/../../bench" && pwd)/family.py
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 "$family" 16 500 1 family.fasta contacts.csv
"$boltz" train bm --data family.fasta --lateral visible --updates 200 --algorithm pcd --out repo/potts --log none --threads 1 >/dev/null 2>&1
"$boltz" inspect repo/potts --pairs map.csv --apc 2>/dev/null
python3 - <<'PY'
rows = [[float(x) for x in line.split(",")] for line in open("map.csv")]
known = {tuple(map(int, line.split(","))) for line in open("contacts.csv")}
assert len(rows) == 16 and len(known) == 16 and all(len(r) == 16 for r in rows)
ranked = sorted(((rows[i][j], i, j) for i in range(16) for j in range(i + 2, 16)), reverse=True)
found = sum((i, j) in known for _, i, j in ranked[:16])
assert found >= 12, found  # of 105 pairs; by chance 2.4
PY

# Other programs get the letters; back from them, also in their order, the machine scores the same sequences, one constant apart.
awk 'BEGIN { srand(8); for (r = 0; r < 60; r++) { print ">s" r; line = "";
    for (i = 0; i < 4; i++) line = line substr("-ACDEFGHIKLMNPQRSTVWY", 1 + int(21 * rand()), 1); print line } }' >protein.fa
"$boltz" train bm --data protein.fa --lateral visible --updates 30 --out repo/protein --log none --threads 1 >/dev/null 2>&1
"$boltz" score repo/protein --data protein.fa --out score.npy 2>/dev/null
for program in adabmdca ccmpred plmc; do
    "$boltz" export repo/protein --to $program --out protein.$program 2>said || { echo "FAILED: --to $program: $(cat said)"; exit 1; }
    "$boltz" import protein.$program --out repo/$program >/dev/null 2>said || { echo "FAILED: import from $program: $(cat said)"; exit 1; }
    "$boltz" score repo/$program --data protein.fa --out $program.npy 2>said || { echo "FAILED: sequences of $program: $(cat said)"; exit 1; }
done
python3 - <<'PY'
import struct
def doubles(name):
    raw = open(name + ".npy", "rb").read()
    raw = raw[10 + struct.unpack("<H", raw[8:10])[0]:]
    return struct.unpack("<%dd" % (len(raw) // 8), raw)
for name in "adabmdca", "ccmpred", "plmc":
    apart = [a - b for a, b in zip(doubles("score"), doubles(name))]
    assert len(apart) == 60 and max(apart) - min(apart) < 1e-4, (name, max(apart) - min(apart))
PY
# Numbers are places in a model's own order, which is said.
python3 -c '
head = b"{\"descr\": \"|u1\", \"fortran_order\": False, \"shape\": (2, 4), }".ljust(117) + b"\n"
open("codes.npy", "wb").write(b"\x93NUMPY\x01\0" + bytes([118, 0]) + head + bytes([5, 0, 20, 3, 1, 2, 3, 4]))'
"$boltz" score repo/ccmpred --data codes.npy >/dev/null 2>said
grep -q 'numbers are places in the model.s list of categories: 0 = A, 1 = R, 2 = N' said

# Columns of different kinds are coupled with one another, and those of files without names are told apart.
python3 - <<'PY'
import random
random.seed(6)
rows = []
for r in range(600):
    kind, flag, other = random.choice("abc"), random.random() < .5, random.random() < .5
    x = random.gauss(2 * "abc".index(kind), 1)
    rows.append((x, random.gauss(3 * flag, 1), kind, "yes" if flag else "no", "yes" if other else "no", random.choice("uvw")))
open("mixed.csv", "w").write("x,y,kind,flag,other,idle\n" + "".join("%.3f,%.3f,%s,%s,%s,%s\n" % r for r in rows))
open("left.csv", "w").write("".join("%.3f,%.3f\n" % r[:2] for r in rows))
open("right.csv", "w").write("".join("%.3f,%d\n" % (r[1] + random.gauss(0, 1), r[3] == "yes") for r in rows))
PY
"$boltz" train bm --data mixed.csv --lateral visible --updates 400 --out repo/mixed --log none --threads 1 >/dev/null 2>&1
"$boltz" inspect repo/mixed --dependencies 2>/dev/null | grep ' ~ ' | sed 's/  [^ ]*$//' >pairs
[ "$(wc -l <pairs)" = 15 ]
[ "$(head -2 pairs | sort | paste -sd,)" = "x ~ kind,y ~ flag" ]
"$boltz" train bm --data left=left.csv --data right=right.csv --lateral visible --updates 400 --out repo/two --log none --threads 1 >/dev/null 2>&1
[ "$("$boltz" inspect repo/two --dependencies 2>/dev/null | grep -m1 ' ~ ' | sed 's/  .*//')" = "left:1 ~ right:0" ]

# Many of them are not, unless asked for.
python3 - <<'PY'
import random
random.seed(7)
with open("wide.csv", "w") as f:
    f.write(",".join("c%d" % j for j in range(40)) + "\n")
    for r in range(120):
        f.write(",".join(random.choice("abc") for j in range(40)) + "\n")
PY
"$boltz" train bm --data wide.csv --hidden 2 --updates 1 --out repo/wide --threads 1 >/dev/null 2>wide.txt
grep -q "40 visible layers are coupled only inside and through hidden units; --lateral visible,hidden couples" wide.txt
"$boltz" train bm --data wide.csv --hidden 2 --lateral visible --updates 1 --out repo/between --threads 1 >/dev/null 2>between.txt
! grep -q "are coupled only inside" between.txt
[ "$(wc -c <repo/between/1/model.safetensors)" -gt $((2 * $(wc -c <repo/wide/1/model.safetensors))) ]
seq 0 129 | sed 's/^/c/' | paste -sd, >wider.csv
for row in a b c; do seq 0 129 | sed "s/.*/$row/" | paste -sd,; done >>wider.csv
[ "$("$boltz" train bm --data wider.csv --lateral visible --out repo/wider 2>&1 >/dev/null | grep -c 'make 8385 pairs, expected at most 8192; without it')" = 1 ]
