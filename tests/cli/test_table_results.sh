#!/usr/bin/env bash
# What is returned for a table: how unusual its rows are, its gaps filled, its classes.
set -uo pipefail

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"
needs python3

failures=0
fail() { echo "FAILED: $*"; failures=$((failures + 1)); }
run() { "$boltz" "$@" 2>message || fail "$*: $(cat message)"; }
refused() { # words, command
    local words=$1
    shift
    "$boltz" "$@" >out 2>message && { fail "$*: accepted"; return; }
    while read -r word; do grep -qF -- "$word" message || fail "$*: '$word' is not in: $(cat message)"; done <<<"$words"
}
train() { run train rbm --hidden 4 --updates 200 --threads 1 --log none "$@" >/dev/null; }

python3 - <<'PY'
import random
random.seed(3)
def row(i):
    plan = random.choice("abc")
    age = random.gauss({"a": 30, "b": 45, "c": 60}[plan], 4)
    return "p%d,%.2f,%.1f,%s,%s" % (i, age, 20 * age + random.gauss(0, 40), "true" if age > 42 else "false", plan)
head = "id,age,income,ok,plan\n"
open("train.csv", "w").write(head + "".join(row(i) + "\n" for i in range(300)))
open("usual.csv", "w").write(head + "".join(row(i) + "\n" for i in range(200)))
open("odd.csv", "w").write(head + "x,30,2000,true,a\ny,60,100,false,c\n" + row(1) + "\n")
PY

# ---- anomalies ----
train --data train.csv --index-column id --out r/m
run score r/m --data odd.csv --index-column id >odd.out
[ "$(head -1 odd.out)" = id,free_energy,percentile,anomaly ] || fail "columns of score: $(head -1 odd.out)"
[ "$(cut -d, -f1,4 odd.out | tr '\n' ' ')" = "id,anomaly x,1 y,1 p1,0 " ] || fail "anomalies: $(cat odd.out)"
run features r/m --data odd.csv --index-column id --out features.csv
[ "$(head -1 features.csv)" = id,hidden_0,hidden_1,hidden_2,hidden_3 ] || fail "units are counted from 0: $(head -1 features.csv)"
run score r/m --data odd.csv --index-column id --threshold 1e9 >none.out
run score r/m --data odd.csv >own.out && cmp own.out odd.out || fail "the model's own index column is not carried along"
grep -q ',1$' none.out && fail "--threshold: $(cat none.out)"
# a row with gaps has a free energy on another scale: no percentile, and no anomaly except by a threshold given by the user
printf 'id,age,income,ok,plan\nu,,900,true,b\nv,45,900,true,b\n' >gaps.csv
run score r/m --data gaps.csv --index-column id --missing infer >gaps.out
grep -qE '^u,[^,]+,,$' gaps.out && grep -qE '^v,[^,]+,[^,]+,0$' gaps.out || fail "rows with gaps: $(cat gaps.out)"
run score r/m --data gaps.csv --index-column id --missing infer --threshold 1e9 >gaps.out
grep -qE '^u,[^,]+,,0$' gaps.out || fail "--threshold and gaps: $(cat gaps.out)"
# true is not an age, though it is a truth value
printf 'id,age,income,ok,plan\nu,true,900,true,b\n' >truth.csv
refused "'true' is a truth value; the model expects a number" score r/m --data truth.csv --index-column id
# a line of totals is no row, though the model knows what its columns are
(cat odd.csv; echo Total,150,3000,true,a) >totals.csv
refused "'Total' occurs only at the end: a line of totals? --where 'id!=Total' leaves it out" score r/m --data totals.csv
refused "'Total' occurs only at the end" impute r/m --data totals.csv --out never.csv
run score r/m --data totals.csv --where 'id!=Total' >own.out && cmp own.out odd.out || fail "--where id!=Total"
refused "--threshold: expected a number" score r/m --data odd.csv --threshold high

# ---- samples and reconstructions are tables ----
run sample r/m --count 5 --seed 3 --out drawn.csv
[ "$(head -1 drawn.csv)" = age,income,ok,plan ] || fail "columns of sample: $(head -1 drawn.csv)"
run score r/m --data drawn.csv --out drawn-scores.csv || fail "what sample wrote is not read"
run sample r/m --count 5 --seed 3 --out drawn.npz
# categories that would be gaps, comments or others without their quotes are read back
printf 'k,x\n"NA",1.5\n"#1",2\nplain,3.5\n"ends ",2.5\n"a,b",1\n' >quoted.csv
for _ in 1 2 3; do printf '"NA",2\n"#1",1.5\nplain,3\n"ends ",1\n"a,b",2.5\n' >>quoted.csv; done
run train rbm --data quoted.csv --hidden 2 --updates 50 --threads 1 --out r/quoted >/dev/null
run sample r/quoted --count 40 --steps 5 --seed 3 --out quoted.drawn.csv
run score r/quoted --data quoted.drawn.csv >quoted.out || fail "categories in quotes are not read back"
python3 - <<'PY' || fail "categories in quotes: $(head -5 quoted.drawn.csv)"
import csv
text = open("quoted.drawn.csv").read()
assert {r["k"] for r in csv.DictReader(open("quoted.drawn.csv"))} == {"NA", "#1", "plain", "ends ", "a,b"}
assert '"plain"' not in text and '"NA"' in text
PY
run reconstruct r/m --data odd.csv --index-column id --out again.csv
run reconstruct r/m --data odd.csv --layer plan --out plan.npy
python3 - <<'PY' || fail "a drawn table is not the drawn units"
import csv, re
rows = list(csv.DictReader(open("drawn.csv")))
assert len(rows) == 5 and all(r["ok"] in "01" and r["plan"] in "abc" for r in rows), rows
again = list(csv.DictReader(open("again.csv")))
assert [r["id"] for r in again] == ["x", "y", "p1"] and list(again[0]) == ["id", "age", "income", "ok", "plan"]
assert all(0 <= float(r["ok"]) <= 1 for r in again)
try:
    import numpy
except ImportError:
    raise SystemExit(0)
units = numpy.load("drawn.npz")
for i, r in enumerate(rows):
    assert numpy.float32(r["age"]) == units["visible"][i, 0] and numpy.float32(r["income"]) == units["visible"][i, 1]
    assert int(r["ok"]) == units["flags"][i, 0] and "abc"[units["plan"][i].argmax()] == r["plan"]
assert ["abc"[k] for k in numpy.load("plan.npy").argmax(1)] == [r["plan"] for r in again]
PY

# clamped and initial values by the table's columns: absent columns, and empty cells, are drawn
printf 'plan,ok,note\nc,false,x\n' >held.csv
run sample r/m --count 40 --steps 30 --clamp held.csv --out held.out.csv
[ "$(tail -n +2 held.out.csv | cut -d, -f3,4 | sort -u)" = 0,c ] || fail "held by name: $(cat held.out.csv)"
[ "$(tail -n +2 held.out.csv | cut -d, -f1,2 | sort -u | wc -l)" = 40 ] || fail "columns that are not held do not move"
grep -q "ignored: 1 column .*: note" message || fail "what is not held is not said: $(cat message)"
printf 'plan;income;age\n;;50,25\n' >held.csv
run sample r/m --count 40 --steps 30 --clamp held.csv --out held.out.csv
[ "$(tail -n +2 held.out.csv | cut -d, -f1 | sort -u)" = 50.25 ] || fail "held number: $(cat held.out.csv)"
run sample r/m --count 3 --steps 0 --init odd.csv --out started.csv
[ "$(cut -d, -f1,2,4 started.csv | tr '\n' ' ')" = "age,income,plan 30,2000,a 60,100,c $(sed -n 4p odd.csv | cut -d, -f2,3,5) " ] ||
    fail "started by name: $(cat started.csv)"
printf 'plans\nc\n' >held.csv
refused "held.csv: none of its columns (plans) is one of the model (age, income, ok, plan)" sample r/m --clamp held.csv
refused "--clamp plan=c: c: cannot open" sample r/m --clamp plan=c

# the cells that are to blame: income is 20 x age, and the young have plan a
run score r/m --data odd.csv --index-column id --explain >why.out
python3 - <<'PY' || fail "--explain: $(cat why.out)"
import csv
rows = list(csv.DictReader(open("why.out")))
assert list(rows[0])[:4] == ["id", "free_energy", "percentile", "anomaly"]
x, y = rows[:2]
assert x["cell_1"] == "income" and float(x["value_1"]) == 2000 and float(x["expected_1"]) < 1500, x
assert y["cell_1"] == "income" and float(y["value_1"]) == 100 and float(y["expected_1"]) > 500, y
assert float(x["drop_1"]) > float(x["drop_2"] or 0) > -1 and float(x["drop_1"]) > 1
PY
run score r/m --data train.csv --index-column id --explain >many.out
[ "$(cut -d, -f1-4 many.out | md5sum)" = "$(run score r/m --data train.csv --index-column id | md5sum)" ] || fail "--explain changes scores"
refused "expected --out FILE.csv" score r/m --data odd.csv --explain --out why.npy

# a calibration replaces the distribution and changes no parameter
cp -r r/m r/before
run calibrate r/m --data usual.csv --index-column id --contamination 0.05
run score r/m --data usual.csv --index-column id >usual.out
run score r/before --data usual.csv --index-column id >before.out
head -3 usual.csv >few.csv
run calibrate r/before --data few.csv --index-column id
grep -q '2 rows are too few to tell the most unusual 1 %: that takes at least 100' message || fail "few rows: $(cat message)"
cmp -s <(cut -d, -f2 usual.out) <(cut -d, -f2 before.out) || fail "calibrate changed free energies"
python3 - <<'PY' || fail "percentiles and threshold are not those of the rows"
import csv, json, struct, sys
rows = list(csv.DictReader(open("usual.out")))
f = sorted(float(r["free_energy"]) for r in rows)
assert sum(int(r["anomaly"]) for r in rows) == 10, "5 % of 200 rows"
for r in rows: # the i-th of 200 values is at i/199
    assert abs(float(r["percentile"]) - 100 * f.index(float(r["free_energy"])) / 199) < 1e-9, r
data = open("r/m/1/model.safetensors", "rb").read()
kept = json.loads(json.loads(data[8:8 + struct.unpack("<Q", data[:8])[0]])["__metadata__"]["free_energy"])
assert kept["rows"] == 200 and kept["of"] == "calibration" and kept["contamination"] == 0.05
assert kept["quantiles"] == f
PY
# rows with gaps have free energies of fewer columns: they do not belong to it
(cat few.csv && awk -F, -v OFS=, 'NR > 3 && NR < 60 { $2 = ""; print }' usual.csv) >holes.csv
run calibrate r/before --data holes.csv --index-column id --missing infer
grep -q '56 rows with gaps are left out' message && grep -q 'free energies of 2 rows' message || fail "rows with gaps: $(cat message)"
sed -e 2d -e 3d holes.csv >empty.csv
refused "every row has gaps" calibrate r/before --data empty.csv --index-column id --missing infer
sed 1d holes.csv | awk '{ print NR % 2 }' >sides.txt
run evaluate r/m --data holes.csv --index-column id --missing infer --labels sides.txt >/dev/null
grep -q 'rows with gaps are ranked by free energies of fewer columns' message || fail "ranked with gaps: $(cat message)"
refused "there is no visible layer z; there is visible, flags, plan" score r/m --data z=usual.csv
refused "--contamination" calibrate r/m --data usual.csv --contamination 1
run inspect r/m --check >/dev/null

# nothing stored, nothing reported
train --data train.csv --index-column id --calibrate off --out r/off
run score r/off --data odd.csv --index-column id >off.out
[ "$(head -1 off.out)" = id,free_energy ] || fail "--calibrate off: $(head -1 off.out)"

# ---- gaps ----
python3 - <<'PY'
# A semicolon, decimal commas, quotes, TRUE, a comment above, no line end at the end, columns in another order and one more.
open("gaps.csv", "wb").write(b"# from the till\r\n\"plan\";note;id;ok;age;income\r\na;\"x;y\";7;TRUE;30,50;\r\n"
    b"\"b\"; keep ;8;;;900,0\r\n;;9;TRUE;61,25;1180\r\nc;\"say \"\"hi\"\"\";10;TRUE;NA;1200,5")
PY
run impute r/m --data gaps.csv --index-column id --out filled.csv
grep -q "5 cells filled in" message || fail "how many were filled in: $(cat message)"
run reconstruct r/m --data gaps.csv --index-column id --missing infer --steps 30 --layer visible --out visible.npy
run reconstruct r/m --data gaps.csv --index-column id --missing infer --steps 30 --layer plan --out plan.npy
python3 - <<'PY' || fail "the table is not what it was, with its gaps filled in"
import ast, csv, struct
def npy(path):
    data = open(path, "rb").read()
    n = struct.unpack("<H", data[8:10])[0]
    head = ast.literal_eval(data[10:10 + n].decode())
    x = [float(v) for v in struct.unpack("<%df" % (head["shape"][0] * head["shape"][1]), data[10 + n:])]
    k = head["shape"][1]
    return [x[i * k:(i + 1) * k] for i in range(head["shape"][0])]
real, plan = npy("visible.npy"), npy("plan.npy")
was, now = (open(f, "rb").read().decode().split("\r\n") for f in ("gaps.csv", "filled.csv"))
assert len(was) == len(now) == 6 and was[:2] == now[:2], (was, now)
cells = [next(csv.reader([line], delimiter=";")) for line in now[2:]]
n = lambda text: float(text.replace(",", "."))
f = lambda x: struct.unpack("<f", struct.pack("<f", x))[0]
want = [was[2] + cells[0][5]]
assert f(n(cells[0][5])) == real[0][1] and f(n(cells[1][4])) == real[1][0] and f(n(cells[3][4])) == real[3][0], (cells, real)
best = "abc"[max(range(3), key=lambda k: plan[2][k])]
assert now[2] == "a;\"x;y\";7;TRUE;30,50;" + cells[0][5]
assert cells[1][3] in ("TRUE", "FALSE") and now[3] == "\"b\"; keep ;8;%s;%s;900,0" % (cells[1][3], cells[1][4])
assert now[4] == best + ";;9;TRUE;61,25;1180"
assert now[5] == "c;\"say \"\"hi\"\"\";10;TRUE;" + cells[3][4] + ";1200,5"
PY
# A truth word that does not occur in the file is written in the language and case of the one that does.
for pair in TRUE:FALSE VRAI:FAUX PRAWDA:FAŁSZ Verdadero:Falso .true.:.false.; do
    sed "s/TRUE/${pair%:*}/" gaps.csv >words.csv
    run impute r/m --data words.csv --index-column id --out words.out.csv
    sed "s/TRUE/${pair%:*}/; s/FALSE/${pair#*:}/" filled.csv | cmp -s - words.out.csv || fail "$pair: $(cat words.out.csv)"
done
# Words are quoted as in the file: the way Weka does it, or R's write.table.
for ((i = 0; i < 12; i++)); do printf '"very, low",%s\n"it\047s ""so""",1%s\n' $i $i; done >quotes.csv
run train rbm --data quotes.csv --hidden 2 --epochs 1 --out r/quotes
printf "w,x\n'very, low',1\n?,11\n?,2\n'it\\\\'s \"so\"',12\n" >weka.csv
printf '"w" "x"\n"very, low" 1\nNA 11\nNA 2\n"it\047s \\"so\\"" 12\n' >r.txt
for file in weka.csv r.txt; do
    run impute r/quotes --data $file --out quotes.out.csv
    run check quotes.out.csv >out
    grep -qF '2 categories: it'"'"'s "so" very, low' out && ! grep -q missing out && grep -qF "$(tail -n 1 $file)" quotes.out.csv ||
        fail "$file: $(cat quotes.out.csv out)"
done
# A cell of blanks is filled without them, but as other cells are set apart.
printf 'id,age,income,ok,plan\n1, ,900,  ,a\n2, 45, , true, \n' >blanks.csv
printf 'id,age,income,ok,plan\n1,,900,,a\n2,45,,true,\n' >closed.csv
run impute r/m --data blanks.csv --index-column id --out blanks.out.csv
run impute r/m --data closed.csv --index-column id --out closed.out.csv
sed '3s/,/, /g' closed.out.csv | cmp -s - blanks.out.csv || fail "blanks: $(cat blanks.out.csv)"
run impute r/m --data train.csv --index-column id --out same.csv
cmp -s train.csv same.csv || fail "a table without gaps changed"
run impute r/m --data gaps.csv --index-column id --where "id!=8" --draw 2 --seed 5 --confidence --out draws.csv
run impute r/m --data gaps.csv --index-column id --where "id!=8" --draw 1 --seed 6 --out one.csv
python3 - <<'PY' || fail "draws: $(cat draws.csv)"
import csv
rows = list(csv.DictReader(open("draws.csv").read().splitlines()[1:], delimiter=";"))
assert [r["id"] for r in rows] == ["7", "9", "10"] * 2 and [r["draw"] for r in rows] == ["1"] * 3 + ["2"] * 3
assert rows[0]["income"] != rows[3]["income"], "draws differ"
assert list(rows[0])[6:] == ["plan_confidence", "age_confidence", "income_confidence", "draw"], list(rows[0])
assert rows[0]["plan_confidence"] == "" and 0 < float(rows[1]["plan_confidence"].replace(",", ".")) <= 1
assert 20 < float(rows[0]["income_confidence"].replace(",", ".")) < 2000
one = list(csv.DictReader(open("one.csv").read().splitlines()[1:], delimiter=";"))
assert one[0]["income"] == rows[3]["income"] and "draw" not in one[0], "the second draw is the first of the next seed"
PY
# The confidence is the machine's probability given the row: exact, from the free energies of the row with each value, even where the
# other columns have no gaps at all.
python3 - <<'PY'
import random
random.seed(5)
pairs = [(left, left if random.random() < .9 else random.choice("abc")) for left in random.choices("abc", k=300)]
write = lambda name, rows: open(name, "w").write("left,right\n" + "".join("%s,%s\n" % r for r in rows))
write("pairs.csv", [(left, right if i % 3 else "") for i, (left, right) in enumerate(pairs)])
write("asked.csv", [(left, "") for left in "abc"])
write("all.csv", [(left, right) for left in "abc" for right in "abc"])
PY
run train rbm --data pairs.csv --missing infer --hidden 4 --updates 1500 --learning-rate 0.2 --threads 1 --log json --out r/pairs >/dev/null
cp message curve.json
grep -v ',$' pairs.csv >whole.csv
run evaluate r/pairs --data whole.csv --json >whole.json
python3 -c '
import json
shown = [p for p in map(json.loads, open("curve.json")) if p.get("pseudo_likelihood")][-1]["pseudo_likelihood"]
want = json.load(open("whole.json"))["pseudo_likelihood_mean"]
assert abs(shown - want) < .3, (shown, want)' || fail "the pseudo-likelihood beside gaps"
run score r/pairs --data all.csv --out all.scores.csv
run impute r/pairs --data asked.csv --confidence --out sure.csv
run reconstruct r/pairs --data asked.csv --missing infer --predict right --type state --steps 4000 --top 1 --out named.csv
python3 - <<'PY' || fail "how sure: $(cat sure.csv named.csv)"
import csv, math
rows = lambda name: list(csv.DictReader(open(name)))
weight = [math.exp(-float(r["free_energy"])) for r in rows("all.scores.csv")]
for i, (sure, named) in enumerate(zip(rows("sure.csv"), rows("named.csv"))):
    mine = weight[3 * i:3 * i + 3]
    p = dict(zip("abc", (w / sum(mine) for w in mine)))
    assert p[sure["right"]] == max(p.values()) > .6, (i, p)
    assert abs(float(sure["right_confidence"]) - p[sure["right"]]) < .2, (sure, p)
    assert abs(float(named["probability_1"]) - p[named["name_1"].split("=")[-1]]) < .04, (named, p)
PY
printf 'a,b\n1,0\n0,\n' >bits.csv
refused "reconstruct" impute r/m --data train.csv --out filled.npy

# ---- classes ----
python3 - <<'PY'
import random
random.seed(4)
rows = [(c, random.gauss(10 * c, 1), random.gauss(-5 * c, 1)) for c in (random.randrange(2) for _ in range(300))]
open("two.csv", "w").write("x;y\n" + "".join(("%.3f;%.3f\n" % r[1:]).replace(".", ",") for r in rows))
open("labels.txt", "w").write("".join(["low", "high"][r[0]] + "\n" for r in rows))
open("few.csv", "w").write("id;class;x;y\na;?;0,1;0\nb;?;;-5\nc;?;9,5;-4,75\n")
PY
run train rbm --data two.csv --labels labels.txt --hidden 6 --updates 3000 --threads 1 --log none --out r/two >/dev/null
run classify r/two --data few.csv --index-column id --exclude class --missing infer --out classes.csv
run classify r/two --data few.csv --index-column id --exclude class --missing infer --out classes.npy
python3 - <<'PY' || fail "classes: $(cat classes.csv)"
import csv, struct
lines = open("classes.csv").read().splitlines()
assert lines[0] == "id;class;x;y;class_2;p_high;p_low", lines[0]
rows = list(csv.DictReader(lines, delimiter=";"))
assert [r["class_2"] for r in rows] == ["low", "high", "high"]
assert [line.rsplit(";", 3)[0] for line in lines[1:]] == ["a;?;0,1;0", "b;?;;-5", "c;?;9,5;-4,75"]
data = open("classes.npy", "rb").read()[-48:]
want = struct.unpack("<6d", data)
got = [float(r[c].replace(",", ".")) for r in rows for c in ("p_high", "p_low")]
assert all(abs(a - b) < 1e-8 for a, b in zip(want, got)), (want, got)
PY

# ---- commands that learn classes ----
run train rbm --data two.csv --labels labels.txt --hidden 6 --updates 2000 --objective hybrid --threads 1 --log none --out r/hybrid >/dev/null
run evaluate r/hybrid --data two.csv --labels labels.txt --json >hybrid.json
python3 -c 'import json; assert json.load(open("hybrid.json"))["error_rate"] < 0.02' || fail "hybrid: $(cat hybrid.json)"
refused "expected --labels" train rbm --data two.csv --hidden 6 --objective discriminative --out r/none
refused "expected an rbm" train dbm --data two.csv --labels labels.txt --hidden 6,4 --objective hybrid --out r/none
printf 'x;y\n1;\n2;3\n' >gap.csv; printf 'low\nhigh\n' >gap.txt
refused "without gaps" train rbm --data gap.csv --missing infer --labels gap.txt --hidden 6 --objective hybrid --out r/none

# ---- heavy tails: the bulk decides the scale, so that values outside it are unusual ----
python3 - <<'PY'
import random
random.seed(8)
usual = [(random.gauss(0, 1) if random.random() < .97 else random.gauss(0, 300), random.gauss(5, 2)) for _ in range(600)]
open("tails.csv", "w").write("x,y\n" + "".join("%.4f,%.4f\n" % r for r in usual))
open("odd_tails.csv", "w").write("x,y\n9,5\n-12,5\n")
PY
run train rbm --data tails.csv --hidden 4 --updates 1000 --threads 1 --out r/tails >/dev/null
grep -q "1 of 2 columns have heavy tails" message || fail "heavy tails are named: $(cat message)"
run train rbm --data tails.csv --hidden 4 --updates 1000 --threads 1 --clip 0 --out r/whole >/dev/null
run score r/tails --data odd_tails.csv >tails.out
run score r/whole --data odd_tails.csv >whole.out
python3 - <<'PY' || fail "tails: $(cat tails.out whole.out)"
import csv
tails, whole = ([float(r["percentile"]) for r in csv.DictReader(open(f))] for f in ("tails.out", "whole.out"))
assert min(tails) > 75 and all(a > b + 10 for a, b in zip(tails, whole)), (tails, whole)
PY

# Pixels at the edge, standardised as others are: the few rows that reach them do not decide alone what is kept.
python3 - <<'PY'
import random, statistics
random.seed(9)
rows = []
for i in range(500):
    a = random.random() < .5
    middle = [random.gauss(.7 if a == (k < 4) else .2, .1) for k in range(8)]
    rows.append(middle + [random.random() if random.random() < .004 else 0 for k in range(16)])
for k, column in enumerate(zip(*rows)):
    mean, deviation = statistics.mean(column), statistics.pstdev(column)
    for row in rows:
        row[k] = (row[k] - mean) / deviation if deviation else 0
open("edge.csv", "w").write("".join(",".join("%.5f" % x for x in r) + "\n" for r in rows))
PY
run train rbm --data edge.csv --header none --hidden 4 --updates 150 --threads 1 --out r/edge >/dev/null
grep -Eq "1[0-9] of 24 columns hardly vary: learned up to 6 deviations" message || fail "columns that hardly vary: $(cat message)"
grep -Eq "held-out rows -[0-9][0-9]\." message || fail "pixels at the edge decide alone: $(cat message)" # -150306 once

# Whole numbers that are nearly always the same: another value is a step away, not dozens of deviations.
python3 - <<'PY'
import random
random.seed(4)
rows = [(random.gauss(0, 1), random.gauss(0, 1), 0, 2 if i in (7, 311) else 0) for i in range(400)]
open("steps.csv", "w").write("x,y,same,rare\n" + "".join("%.3f,%.3f,%d,%d\n" % r for r in rows))
open("new_steps.csv", "w").write("x,y,same,rare\n0,0,0,0\n0,0,1,0\n0,0,0,2\n")
PY
run train rbm --data steps.csv --hidden 4 --updates 1500 --threads 1 --out r/steps >/dev/null
run score r/steps --data new_steps.csv >steps.out
python3 - <<'PY' || fail "steps: $(cat steps.out)"
import csv
usual, same, rare = (float(r["free_energy"]) for r in csv.DictReader(open("steps.out")))
assert 3 < same - usual < 10 and 10 < rare - usual < 30, (usual, same, rare)
PY

# A machine that captures less than the columns' covariances is reported as such; one that captures them is not.
python3 -c '
import random
random.seed(5)
for name, share in (("proportion", 1), ("apart", 0)):
    with open(name + ".csv", "w") as out:
        out.write("a,b,c\n")
        for i in range(600):
            z = random.gauss(0, 1)
            out.write("%.4f,%.4f,%.4f\n" % tuple(share * z + random.gauss(0, 0.3) for k in range(3)))'
"$boltz" train rbm --data proportion.csv --hidden 4 --updates 200 --threads 1 --out proportion >out 2>&1
grep -q "a normal distribution with the covariances of the columns has log p" out || fail "covariances: $(cat out)"
"$boltz" train rbm --data apart.csv --hidden 4 --updates 200 --threads 1 --out apart >out 2>&1
grep -q "a normal distribution" out && fail "no covariances: $(cat out)"

[ "$failures" = 0 ] || exit 1
echo "ok"
