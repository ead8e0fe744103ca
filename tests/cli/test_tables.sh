#!/usr/bin/env bash
# Tables as users have them, from training to use: columns by name, kinds, gaps, labels, indices. Files made here, and those of
# the folder cases beside BOLTZ_DATA if it exists.
set -uo pipefail

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"
needs python3

failures=0
fail() { echo "FAILED: $*"; failures=$((failures + 1)); }
train() { "$boltz" train rbm --hidden 3 --updates 100 --threads 1 --log none "$@" >/dev/null 2>message || fail "train $*: $(cat message)"; }
score() { "$boltz" score "$@" 2>message || fail "score $*: $(cat message)"; }
refused() { # words, command
    local words=$1
    shift
    "$boltz" "$@" >out 2>message && { fail "$*: accepted"; return; }
    while read -r word; do grep -qF -- "$word" message || fail "$*: '$word' is not in: $(cat message)"; done <<<"$words"
}
same() { cmp -s "$1" "$2" || fail "$1 and $2 differ ($3)"; }

python3 - <<'PY'
import random
random.seed(5)
rows = [(random.gauss(40, 9), random.gauss(1000, 200), random.random() < .4, random.choice("abc"), i) for i in range(40)]
word = {"csv": lambda b: str(b), "r": lambda b: str(b).upper(), "t": lambda b: "ft"[b], "n": lambda b: str(int(b))}
def table(name, order, sep=",", flag="csv", encoding="utf-8", extra=False):
    cells = {"age": lambda r: "%.3f" % r[0], "income": lambda r: "%.2f" % r[1], "ok": lambda r: word[flag](r[2]), "plan": lambda r: r[3]}
    out = [sep.join(order + (["extra"] if extra else []))]
    out += [sep.join([cells[c](r) for c in order] + (["7"] if extra else [])) for r in rows]
    open(name, "w", encoding=encoding, newline="").write("\r\n".join(out) + "\r\n")
names = ["age", "income", "ok", "plan"]
table("train.csv", names)
table("shuffled.csv", ["plan", "income", "ok", "age"])
table("extra.csv", ["ok", "plan", "age", "income"], extra=True)
table("tabs.tsv", names, sep="\t", flag="r")
table("utf16.csv", ["income", "age", "plan", "ok"], sep=";", flag="t", encoding="utf-16")
table("digits.csv", names, flag="n")
table("missing.csv", ["age", "income", "ok"])
open("unknown.csv", "w").write(open("train.csv").read().replace(",a\n", ",d\n").replace(",a\r", ",d\r"))
# one column, with empty rows
open("one.csv", "w").write("flow\n1.5\n\n0.2\n\n3.5\n1\n2\n0.7\n")
# sparse rows, the same from 0 and from 1
data = [[j for j in range(6) if random.random() < .5 or j == 1] for _ in range(30)]
data[0] = list(range(6))
for base in 0, 1:
    open("base%d.svm" % base, "w").write(("# Column indices are zero-based\n" if base == 0 else "") +
                                         "".join("0 " + " ".join("%d:1" % (j + base) for j in r if j or base) + "\n" for r in data))
PY

# a file of names is that of the one table that has as many columns
printf '1,0,1\n0,1,0\n1,1,0\n0,0,1\n' >three.csv
printf '1,0\n0,1\n1,1\n0,0\n' >pair.csv
printf 'sky\nsea\n' >names.txt
train --data image=three.csv --data tags=pair.csv --header names.txt --out r/names
"$boltz" score r/names --data image=three.csv --data tags=pair.csv 2>message >/dev/null || fail "names: $(cat message)"
grep -q "three.csv: columns without names" message && fail "names of one table were given to another: $(cat message)"
grep -q "pair.csv: columns without names, taken in the model's order: sky, sea" message || fail "names were lost: $(cat message)"
# NAME=FILE: only that one's, where both have as many
cp pair.csv same.csv
train --data image=same.csv --data tags=pair.csv --header tags=names.txt --out r/named
"$boltz" score r/named --data image=same.csv --data tags=pair.csv 2>message >/dev/null || fail "named: $(cat message)"
grep "columns without names" message | grep -v "pair.csv: .* order: sky, sea" && fail "names of one table: $(cat message)"
refused "no --data is called tag" train rbm --data image=same.csv --data tags=pair.csv --header tag=names.txt --hidden 2 --out r/x
printf 'sun\n' >names.txt
refused "expected as many names as 'tags' has columns, 2" train rbm --data image=same.csv --data tags=pair.csv --header tags=names.txt --hidden 2 --out r/x
refused "as many columns as there are names" train rbm --data image=three.csv --data tags=pair.csv --header names.txt --hidden 2 --out r/x

# names of an array's units: quotes keep commas, one line may hold all, and none is cut short or stands there twice
python3 - <<'PY'
head = b"{'descr': '|u1', 'fortran_order': False, 'shape': (4, 3), }"
open("six.npy", "wb").write(b"\x93NUMPY\x01\x00v\x00" + head.ljust(117) + b"\n" + bytes([1, 0, 1, 0, 1, 0] * 2))
PY
for names in '\357\273\277"sea, deep"\nsky,continuous\n"a ""b"""\n' '"sea, deep",sky,"a ""b"""\n' '"sea, deep";sky;a "b"'; do
    # shellcheck disable=SC2059
    printf "$names" >names.txt
    train --data six.npy --header names.txt --out r/six
    "$boltz" inspect r/six --json >six.json
    for name in '"sea, deep"' '"sky"' '"a \"b\""'; do
        grep -qF "$name" six.json || fail "names of units: no $name after $names"
    done
done
printf 'sky\nred,dark\nsea\n' >names.txt
train --data six.npy --header names.txt --out r/six --log text
grep -qF "names.txt: the first word of a line is the unit's name (line 2: 'red')" message || fail "a line of several words: not told: $(cat message)"
printf '"red",dark\n"sky" blue\nsea\n' >names.txt
refused "line 2: found ' blue' behind a name in quotes, expected a comma or the end" train rbm --data six.npy --header names.txt --hidden 2 --out r/x
printf '"red\nsky\nsea\n' >names.txt
refused 'line 1: a name in quotes does not end: "red' train rbm --data six.npy --header names.txt --hidden 2 --out r/x
printf 'red\nsky\nred\n' >names.txt
refused "names 1 and 3 are both 'red'" train rbm --data six.npy --header names.txt --hidden 2 --out r/x

# a name that is empty would move the others, or leave a column nameless without a word
printf '1,2,3\n4,5,6\n1,0,2\n' >three.num
while IFS='|' read -r names units columns; do
    # shellcheck disable=SC2059
    printf "$names" >names.txt
    refused "$units" train rbm --data six.npy --header names.txt --hidden 2 --out r/x
    refused "$columns" train rbm --data three.num --header names.txt --hidden 2 --out r/x
done <<'EOF'
a,,c\n|name 2 is empty|line 1: the name of column 2 is empty
a\n\nc\n|name 2 is empty|line 2 is blank
\na\nb\nc\n|name 1 is empty|line 1 is blank
\n\n|expected names, found none|expected names, found none
|expected names, found none|expected names, found none
EOF
printf 'a,b,c\n\n' >names.txt
train --data six.npy --header names.txt --out r/six
train --data three.num --header names.txt --out r/num

# what stands for a gap is the model's: a table, an array
printf 'a,b\n1.5,2\n-999,3\n2.5,1\n0.5,-999\n' >marks.csv
printf 'a,b\n1.5,2\n,3\n2.5,1\n0.5,\n' >empty.csv
printf 'b;a\n2;1,5\n3;-999,0\n1;2,5\n-999;0,5\n' >marks2.csv
printf '%%%%MatrixMarket matrix array real general\n4 2\n1.5\n-999\n2.5\n0.5\n2\n3\n1\n-999\n' >marks.mtx
train --data marks.csv --na-values=-999 --missing infer --out r/marks
score r/marks --data empty.csv --missing infer >want.csv
for file in marks.csv marks2.csv marks.mtx; do
    score r/marks --data "$file" --missing infer >got.csv
    same got.csv want.csv "$file"
done
refused "'-999' stands for a missing value" score r/marks --data marks.csv

# by name: any order, extra columns, other separators, encodings and spellings
train --data train.csv --out r/m
score r/m --data train.csv >want.csv
for file in shuffled.csv extra.csv tabs.tsv utf16.csv digits.csv; do
    score r/m --data "$file" >got.csv
    same got.csv want.csv "$file"
done
score r/m --data extra.csv >/dev/null
grep -q "ignored: 1 column.*extra" message || fail "the further column is named: $(cat message)"
refused "no column 'plan'" score r/m --data missing.csv
refused $'\'d\'\n--unknown missing' score r/m --data unknown.csv --missing infer
score r/m --data unknown.csv --unknown missing >/dev/null
grep -q "unknown to the model treated as missing" message || fail "unknown values are counted: $(cat message)"
"$boltz" features r/m --data train.csv --out a.npy 2>/dev/null; "$boltz" features r/m --data shuffled.csv --out b.npy 2>/dev/null
same a.npy b.npy features

# a column that is an input of the model cannot be anything else in use; without names all columns of the training file go by position
for option in "exclude income" "label-column plan" "index-column age" "weights income"; do
    # shellcheck disable=SC2086
    refused "is an input of the model" score r/m --data train.csv --$option
done
python3 - <<'PY'
lines = open("train.csv", newline="").read().split()
open("id.csv", "w").write("".join("%s,%s\n" % (l, "id" if i == 0 else "p%d" % (i * 7 % 41)) for i, l in enumerate(lines)))
open("nameless.csv", "w").writelines(open("id.csv").readlines()[1:])
PY
train --data id.csv --exclude income --index-column id --out r/id
score r/id --data id.csv >want.csv
score r/id --data nameless.csv >got.csv
same got.csv want.csv "all columns by their places"
grep -q "columns without names, taken in the model's order: age, ok, plan" message || fail "matching by position is said: $(cat message)"
# the names of a file mean nothing to a model without names; they are not numbers in another order
printf '1.5,20\n2.5,10\n3.5,30\n0.5,25\n' >two.csv
train --data two.csv --out r/two
score r/two --data two.csv >want.csv
(echo a,b; cat two.csv) >two-named.csv
score r/two --data two-named.csv >got.csv
same got.csv want.csv "a header for a model without names"
grep -q "the model has no names of columns: taken in the file's order" message || fail "matching by position is said: $(cat message)"
(echo 1,0; sed 's/\(.*\),\(.*\)/\2,\1/' two.csv) >two-swapped.csv
refused "numbers in another order" score r/two --data two-swapped.csv --header first
# masks go by position: names in another order are refused
printf 'age,income\n1,0\n' >mask.csv
score r/m --data train.csv --mask visible=mask.csv >want.csv
printf 'income,age\n1,0\n' >mask-swapped.csv
refused "'income' is in the place of the model's column 'age'" score r/m --data train.csv --mask visible=mask-swapped.csv
printf 'age,income\n30,1000\n' >held.csv
refused "'income' is in the place of the model's column 'age'" sample r/m --count 1 --clamp held.csv --mask visible=mask-swapped.csv
printf '1,0\n' >mask.csv
score r/m --data train.csv --mask visible=mask.csv >got.csv
same got.csv want.csv "a mask without names"

# check applies --weights and settings as training does
"$boltz" check train.csv --weights income >out 2>message && grep -q "left out: column 2 (income): weights" out || fail "check --weights: $(cat out message)"
refused "there is no file 'nope', and train.csv has no column 'nope'" check train.csv --weights nope
refused "found words" check train.csv --weights plan
refused "no such file" check train.csv --labels nothing.txt
"$boltz" check train.csv --labels plan >out 2>message && grep -q "labels (plan): " out || fail "check --labels: $(cat out message)"
cut -d, -f4 train.csv >plans.txt
refused "is the first line a header?" check train.csv --labels plans.txt
sed -i '1s/.*/Class/' plans.txt
"$boltz" check train.csv --labels plans.txt >out 2>message && grep -q "labels.*3 classes" out && grep -q "'Class', is taken for the name" out ||
    fail "a header of labels: $(cat out message)"
sed -i 1d plans.txt
(echo ,w; seq 0 39 | sed 's/$/,1.5/; 3s/1.5/4/') >weights.csv
"$boltz" check train.csv --weights weights.csv >out 2>message && grep -q "a column that counts the rows is left out" out ||
    fail "weights with an index: $(cat out message)"
"$boltz" check train.csv --labels plans.txt >out 2>message && grep -q "labels.*3 classes" out || fail "check --labels: $(cat out message)"
seq 40 >numbers.txt
refused "a class by itself" check train.csv --labels numbers.txt
"$boltz" check train.csv --out values.npy >/dev/null
for option in "exclude 1" "label-column 2" "where 1=2"; do
    # shellcheck disable=SC2086
    refused "none of the data files is a table of columns" check values.npy --$option
done
printf '{"a":1,"b":2}\n{"a":2,"b":3}\n' >rows.jsonl
refused "lines=True" check rows.jsonl
refused "no --data is called flagz" check train.csv --visible-unit flagz=spin
# how --valid was read is reported in the same way as for --data
train --data train.csv --valid extra.csv --log text --out r/valid
grep -q "^--valid extra.csv: CSV, 40 rows" message && grep -q "^--valid extra.csv: ignored: 1 column.*extra" message || fail "said of --valid: $(cat message)"
# empty rows stay rows
train --data one.csv --missing infer --out r/one
[ "$(score r/one --data one.csv --missing infer | wc -l)" = 9 ] || fail "8 rows in, 8 scores out"
refused "--missing infer" score r/one --data one.csv

# filling in keeps known values, in complete rows too; an option replaces them with the model's own
printf 'a,b,c\n0.5,1.5,2.25\n1,,-3\n2,0.25,1\n0.125,4,0.75\n' >gaps.csv
train --data gaps.csv --missing infer --out r/gaps
"$boltz" reconstruct r/gaps --data gaps.csv --missing infer --out kept.npy 2>message || fail "reconstruct: $(cat message)"
grep -q "known values are kept" message || fail "what is kept is said: $(cat message)"
"$boltz" reconstruct r/gaps --data gaps.csv --missing infer --known replace --out replaced.npy 2>/dev/null
"$boltz" check gaps.csv --out given.npy >/dev/null
python3 - <<'PY' || fail "known cells"
import struct
def rows(name):
    data = open(name, "rb").read()
    at = 10 + struct.unpack("<H", data[8:10])[0]
    return struct.unpack("<12" + ("d" if b"f8" in data[:at] else "f"), data[at:])
given, kept, replaced = rows("given.npy"), rows("kept.npy"), rows("replaced.npy")
assert all(g != g or g == k for g, k in zip(given, kept)), (given, kept)
assert all(k == k and r == r for k, r in zip(kept, replaced)), "every gap is filled"
assert all(g != r for g, r in zip(given, replaced)), (given, replaced)
PY

# check says where each column would go, as recorded in the model, and why training would refuse a file; it writes where it is told to
"$boltz" check train.csv --json >report.json && train --data train.csv --out r/told && "$boltz" check train.csv --out - 2>said >values.csv
"$boltz" check train.csv --out values2.csv >/dev/null && same values.csv values2.csv "check to standard output" && grep -q "40 rows" said && [ ! -e - ] ||
    fail "check --out -"
printf 'a,b\n0,7\n3,2\n' | "$boltz" check - --visible-unit bernoulli --json >levels.json
python3 - r/told/1/model.safetensors <<'PY' || fail "what check reports"
import csv, json, struct, sys
f = open(sys.argv[1], "rb")
memory = json.loads(json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))["__metadata__"]["table"])["columns"]
report = json.load(open("report.json"))
keep = lambda c: [c["name"], c["kind"], c["layer"], c.get("unit", 0), c.get("size", 1)]
assert [keep(c) for c in report["columns"]] == [keep(c) for c in memory if "layer" in c], report
assert {l["name"]: (l["unit"], l["size"]) for l in report["layers"]} == {"visible": ("gaussian", 2), "flags": ("bernoulli", 1), "plan": ("softmax", 3)}
assert report["refused"] is None and "--scale" in json.load(open("levels.json"))["refused"]
rows = list(csv.reader(open("values.csv")))
assert len(rows) == 41 and rows[0] == [c["name"] for c in report["columns"]] and all(len(r) == 4 for r in rows)
PY

# a dry run reports data, machine and time, and writes nothing
"$boltz" train rbm --data train.csv --hidden 7 --dry-run --updates 100 --threads 1 --log none >out 2>message || fail "dry run: $(cat message)"
for word in "40 rows x 4 columns" "(age): number" "layer visible (visible): 2 gaussian" "layer plan (visible): 3 softmax" \
            "layer hidden (hidden): 7 bernoulli" "coupling visible~hidden: 14 weights" "100 updates of 40 rows" "expected time"; do
    grep -qF "$word" out || fail "dry run: '$word' is not in: $(cat out)"
done
"$boltz" train rbm --data train.csv --hidden 7 --dry-run --updates 100 --out r/never --log none >/dev/null 2>&1
[ ! -e r/never ] || fail "a dry run wrote something"

# a matrix the wrong way round
python3 -c 'for i in range(3): print(",".join(str((i * j) % 7 / 8) for j in range(40)))' >wide.csv
"$boltz" train rbm --data wide.csv --hidden 2 --dry-run --updates 100 --log none >/dev/null 2>message
grep -q "warning: 3 rows of 40 units.*--transpose" message || fail "few rows of many units: $(cat message)"
"$boltz" check wide.csv | grep -q "warning: 3 rows of 40 units" || fail "check of few rows of many units"
"$boltz" check wide.csv --transpose >out
grep -q "40 rows x 3 columns" out && ! grep -q warning out || fail "40 rows of 3 units: $(cat out)"
train --data wide.csv --transpose --out r/turned
# names go along: the header's to the rows, those of the first column to the columns
python3 - <<'PY'
lines = [l.rstrip("\r\n").split(",") for l in open("train.csv", newline="")]
numbers = [l[:2] for l in lines]
open("upright.csv", "w").write("".join(",".join(["id" if i == 0 else "p%d" % (i * 7 % 41)] + l) + "\n" for i, l in enumerate(numbers)))
rows = [l.rstrip("\n").split(",") for l in open("upright.csv")]
rows[0][0] = "what"
turned = [list(c) for c in zip(*rows)]
open("lying.csv", "w").write("".join(",".join(r) + "\n" for r in [turned[0], turned[2], turned[1]]))
open("lying.tsv", "w").write("".join("\t".join([note] + r) + "\n" for note, r in zip(["unit", "EUR", "years"], turned)))
PY
train --data upright.csv --index-column id --out r/upright
score r/upright --data upright.csv >want.csv
score r/upright --data lying.csv --transpose >got.csv
same got.csv want.csv "a table turned round"
score r/upright --data lying.tsv --transpose --exclude unit --index-column what >got.csv
same got.csv want.csv "a table turned round, with other columns of words"
refused "column 2 (what) would become a row" score r/upright --data lying.tsv --transpose
refused "--transpose turns the table" score r/upright --data lying.csv
[ "$(score r/turned --data wide.csv --transpose | wc -l)" = 41 ] || fail "scores of a matrix turned round"

# standardisation: what is asked for is what is done, and what is recorded
train --data train.csv --standardize on --out r/on
train --data train.csv --standardize --out r/bare
train --data train.csv --standardize off --out r/off --log text
grep -q standardised message && fail "--standardize off: $(cat message)"
# what is said of log p is that of standardised values, and how much less it is of the values as they are
train --data train.csv --clip 0 --valid-fraction 0 --out r/told --log text
"$boltz" evaluate r/told --data train.csv --exact --json >told.json 2>said || fail "evaluate: $(cat said)"
python3 - message told.json <<'PY'
import json, re, sys
said = open(sys.argv[1]).read()
less = float(re.search(r"values as they are it is ([0-9.]+) less", said)[1])
last = float(re.findall(r"  log p (-?[0-9.]+)", said)[-1])
assert abs(last - less - json.load(open(sys.argv[2]))["log_prob_mean"]) < 0.02, said
PY
for model in m on bare off; do score r/$model --data train.csv >$model.csv; done
same on.csv m.csv "--standardize on is the default"
same bare.csv m.csv "--standardize alone means on"
cmp -s off.csv m.csv && fail "--standardize off has no effect"
for pair in m:on on:on off:off; do
    "$boltz" inspect "r/${pair%:*}" --json | tr -d ' \n' | grep -q "\"standardize\":\"${pair#*:}\"" || fail "recorded: $pair"
done
refused "on or off" train rbm --data train.csv --hidden 2 --standardize maybe --out r/never

# ids are carried along; rows and labels are counted
printf 'id,a,b,label\n"x,1",1,0.5,0\nx2,2,0.25,1\n"say ""3""",0,4,\nx4,3,1,1\n' >ids.csv
train --data ids.csv --index-column id --label-column label --missing infer --out r/ids
for command in score features reconstruct; do
    "$boltz" $command r/ids --data ids.csv --index-column id --label-column label --missing infer --out $command.csv 2>message || fail "$command: $(cat message)"
    grep -q "4 rows read, 3 of them labelled" message || fail "$command: rows and labels: $(cat message)"
    python3 - $command.csv <<'PY' || fail "$command: ids: $(cat $command.csv)"
import csv, sys
rows = list(csv.reader(open(sys.argv[1])))
assert len(rows) == 5 and rows[0][0] == "id" and len(rows[0]) == len(rows[1]), rows
assert [r[0] for r in rows[-4:]] == ["x,1", "x2", 'say "3"', "x4"], rows
assert all(float(c) == float(c) for r in rows[-4:] for c in r[1:])
PY
done
"$boltz" evaluate r/ids --data ids.csv --index-column id --label-column label --missing infer --json 2>/dev/null | grep -q '"labelled_rows": *3' || fail "evaluate counts labels"
score r/m --data train.csv >/dev/null
grep -q "40 rows read" message || fail "rows are counted: $(cat message)"

# standard input and output, pipes
score r/m --data train.csv >want.csv
"$boltz" score r/m --data - --out - <train.csv >got.csv 2>message || fail "standard input: $(cat message)"
same got.csv want.csv "standard input"
"$boltz" score r/m --data <(cat train.csv) --out >(cat >piped.csv) 2>message || fail "process substitution: $(cat message)"
wait
for _ in $(seq 50); do cmp -s piped.csv want.csv && break; sleep 0.1; done
same piped.csv want.csv "process substitution"
gzip -c train.csv | "$boltz" check - | grep -q "40 rows x 4 columns" || fail "check of a pipe"
"$boltz" train rbm --data - --hidden 3 --updates 100 --threads 1 --log none --out r/piped <train.csv >/dev/null 2>message || fail "train from a pipe: $(cat message)"
score r/piped --data train.csv >got.csv
same got.csv want.csv "trained from a pipe"
refused "empty" score r/m --data - </dev/null

# indices
train --data base1.svm --out r/svm
score r/svm --data base1.svm >want.csv
sed 's/^0 /0 /' base1.svm | sed -E 's/ 1:1//' >without.svm # column 0 never on
score r/svm --data without.svm >want.csv
score r/svm --data base0.svm >got.csv
same got.csv want.csv "indices from 0, column 0 never on"

# the threshold and the divisor used in training are part of the model
python3 - <<'PY'
import random
random.seed(2)
grey = [[random.randrange(256) for _ in range(6)] for _ in range(30)]
grey[0][0] = 255
write = lambda name, rows: open(name, "w").write("".join(",".join(map(str, r)) + "\n" for r in rows))
write("grey.csv", grey)
write("cut.csv", [[255 * (x / 255 > 0.5) for x in r] for r in grey])
write("beyond.csv", grey[:1] + [[256] + grey[1][1:]])
write("only_bits.csv", [[x & 1 for x in r] for r in grey])
write("divided.csv", [[x / 255 for x in r] for r in grey])
write("sixteen.csv", [[x // 16 for x in r] for r in grey])
open("bright.txt", "w").write("".join("%d\n" % (r[0] > 127) for r in grey))
PY
train --data sixteen.csv --scale 16 --visible-unit bernoulli --out r/levels
train --data sixteen.csv --scale 16 --out r/sixteen
score r/levels --data sixteen.csv >want.csv
score r/sixteen --data sixteen.csv >got.csv
same got.csv want.csv "a divisor makes levels of whole numbers"
train --data grey.csv --visible-unit bernoulli --binarize threshold --out r/cut
score r/cut --data grey.csv >got.csv
score r/cut --data cut.csv >want.csv
same got.csv want.csv "the threshold of training"
refused $'beyond.csv\nrow 2\ndivisor' score r/cut --data beyond.csv
refused $'--scale 1\n--scale 255' score r/cut --data only_bits.csv
refused $'only values up to 1\n--scale 1\n--scale 255' score r/cut --data divided.csv
score r/cut --data divided.csv --scale 1 >got.csv
same got.csv want.csv "levels divided already"
train --data grey.csv --labels bright.txt --visible-unit bernoulli --binarize threshold --out r/bright
for data in grey cut; do
    "$boltz" finetune r/bright --data $data.csv --labels bright.txt --epochs 1 --out r/tuned-$data >/dev/null 2>message || fail "finetune: $(cat message)"
    "$boltz" classify r/bright --data $data.csv --out p-$data.npy 2>message || fail "classify: $(cat message)"
    "$boltz" classify r/tuned-grey --data $data.csv --out q-$data.npy 2>message || fail "classify: $(cat message)"
    "$boltz" index r/bright --data $data.csv >/dev/null 2>message || fail "index: $(cat message)"
    mv r/bright/1/index.safetensors index-$data
done
"$boltz" classify r/tuned-cut --data cut.csv --out q-other.npy 2>message || fail "classify: $(cat message)"
same p-grey.npy p-cut.npy "classes by the threshold of training"
same q-grey.npy q-cut.npy "classes by a network and the threshold of training"
same q-grey.npy q-other.npy "a network that learned with the threshold of training"
same index-grey index-cut "an index by the threshold of training"
# settings given again when training continues from a model are the new model's
train --init r/cut --data grey.csv --binarize none --out r/uncut
score r/uncut --data grey.csv >got.csv
score r/uncut --data grey.csv --binarize none >want.csv
same got.csv want.csv "no threshold any more"
train --data grey.csv --visible-unit bernoulli --out r/divided
train --init r/divided --data grey.csv --scale 510 --out r/halved
score r/halved --data grey.csv >got.csv
score r/halved --data grey.csv --scale 510 >want.csv
same got.csv want.csv "the divisor of going on"
"$boltz" export r/divided --to sklearn --out divided.npz >/dev/null 2>&1 && "$boltz" import divided.npz --out r/came >/dev/null 2>&1 || fail "export, import"
train --init r/came --data grey.csv --out r/found
score r/found --data grey.csv >got.csv
score r/found --data grey.csv --scale 255 >want.csv
same got.csv want.csv "the divisor found for a model from elsewhere"
"$boltz" finetune r/came --data grey.csv --labels bright.txt --epochs 1 --out r/tuned-came >/dev/null 2>message || fail "finetune: $(cat message)"
"$boltz" classify r/tuned-came --data grey.csv --out got.npy 2>message || fail "classify: $(cat message)"
"$boltz" classify r/tuned-came --data grey.csv --scale 255 --out want.npy 2>message || fail "classify: $(cat message)"
same got.npy want.npy "the divisor of fine-tuning"

# one-hot groups of different widths
printf '1,0,0,0,1\n0,1,0,1,0\n0,0,1,1,0\n1,0,0,1,0\n' >groups.csv
train --data groups.csv --groups 3,2 --out r/groups
[ "$(score r/groups --data groups.csv | wc -l)" = 5 ] || fail "one-hot rows of a model of groups"
printf '1,0,0,0,1\n0,0,0,1,0\n' >empty.csv
refused $'row 2\ncolumns 1 to 3' train rbm --data empty.csv --groups 3,2 --hidden 2 --out r/refused
refused "5 in all" train rbm --data groups.csv --groups 3,3 --hidden 2 --out r/refused

cases=${BOLTZ_DATA:-/nonexistent}/../cases
if [ -d "$cases/real/tables" ]; then
    c=$cases t=$cases/real/tables
    train --data "$c/column-order/train.csv" --out r/order
    score r/order --data "$c/column-order/same_order.csv" >want.csv
    score r/order --data "$c/column-order/other_order.csv" >got.csv
    same got.csv want.csv other_order.csv
    train --data "$c/booleans/words.csv" --out r/words
    train --data "$c/booleans/numbers.csv" --out r/numbers
    score r/words --data "$c/booleans/numbers.csv" >want.csv
    score r/numbers --data "$c/booleans/words.csv" >got.csv
    same got.csv want.csv "words and numbers"
    train --data "$t/flag-train-pandas.csv" --out r/flag
    score r/flag --data "$t/flag-train-pandas.csv" >want.csv
    score r/flag --data "$t/flag-as-R-writes.csv" >got.csv
    same got.csv want.csv flag
    train --data "$t/grade-train.csv" --categorical grade --out r/grade
    score r/grade --data "$t/grade-train.csv" | tail -n 5 >want.csv
    score r/grade --data "$t/grade-one-gap-pandas.csv" --missing infer | tail -n 5 >got.csv
    same got.csv want.csv "grade 1 and 1.0"
    score r/grade --data "$t/only-gap-in-category.csv" --missing infer >/dev/null
    train --data "$t/labels-inputs.csv" --labels "$t/labels-plain.txt" --out r/labels
    refused $'FAIL\nrow 1' evaluate r/labels --data "$t/labels-one-class-respelled.csv" --label-column result
    refused $'FAIL\nrow 1' evaluate r/labels --data "$t/labels-inputs.csv" --labels "$t/labels-one-respelled.txt"
    for file in labels-quoted-R labels-one-gap-pandas; do
        train --data "$t/labels-inputs24.csv" --labels "$t/$file.txt" --missing infer --out "r/$file"
        "$boltz" inspect "r/$file" --json | grep -q '"high","low","mid"' || fail "$file: three classes"
    done
    train --data "$t/svmlight-one-based-train.svm" --out r/based
    score r/based --data "$t/svmlight-one-based-same-rows.svm" >want.csv
    score r/based --data "$t/svmlight-zero-based-sklearn.svm" >got.csv
    same got.csv want.csv "svmlight from 0"
    train --data "$c/scale-guessed/train.csv" --visible-unit bernoulli --out r/scale
    score r/scale --data "$c/scale-guessed/good.csv" >/dev/null
    refused "row" score r/scale --data "$c/scale-guessed/one_typo.csv"
    for pair in "$t/miller-without-ocsv.txt|name=value" "$t/thousands-first-cell.csv|thousands" \
                "$c/svmlight-falls-to-csv/nan.svm|missing" "$c/svmlight-falls-to-csv/nolabel.svm|label"; do
        refused "${pair##*|}" check "${pair%%|*}"
    done
    # folder/file|what `boltz check` finds in it
    while IFS='|' read -r file words; do
        [ -e "$c/$file" ] || { echo "$file is left out: it is not there"; continue; }
        "$boltz" check "$c/$file" >out 2>message || fail "$file: $(cat message)"
        grep -qF -- "$words" out || fail "$file: '$words' is not in: $(head -c 2000 out)"
    done <<'LIST'
default-header/plain.csv|50 rows x 5 columns
default-header/with_index.csv|50 rows x 5 columns
default-header/names_and_index.csv|50 rows x 5 columns
default-header/with_index.csv|left out: column 1
first-cell-word/na.csv|column 1 (x): number, -2.8963 to 2.2637, 1 of 200 missing
first-cell-word/na_second.csv|column 1 (x): number, -2.8963 to 2.2637, 1 of 200 missing
first-cell-word/null.csv|column 1 (x): number, -2.4847 to 2.7278, 1 of 200 missing
na-category/a.csv|3 categories: DE NA US
sep-line/a.csv|3 rows x 2 columns
bit-strings/bits.txt|60 rows x 16 columns
bit-strings/s.fasta|60 sequences of 12 positions
wide-sparse/million.svm|2 rows x 1000000 columns
svmlight-falls-to-csv/bom.svm|svmlight, 3 rows x 4 columns
svmlight-falls-to-csv/empty_first.svm|svmlight, 21 rows x 2 columns
LIST
    refused "sequences without names" check "$c/bit-strings/sequences.txt"
    # labels keep their digits, lose their quotes, and are the classes that occur
    for pair in 'labels-float32/dates.txt|20240101' 'class-numbers/ids.txt|"7","50007"'; do
        file=${pair%%|*}
        train --data "$c/${file%/*}/x.csv" --labels "$c/$file" --out "r/${file%/*}"
        "$boltz" inspect "r/${file%/*}" --json | tr -d ' \n' | grep -qF "${pair##*|}" || fail "$file: classes"
    done
    for name in plain quoted; do
        train --data "$c/label-quotes/x.csv" --labels "$c/label-quotes/$name.txt" --out "r/label-$name"
        score "r/label-$name" --data "$c/label-quotes/x.csv" >"label-$name.csv"
    done
    same label-plain.csv label-quoted.csv "labels with quotes"
    train --data "$c/onehot-fallback/widths_3_2.csv" --groups 3,2 --out r/widths
    train --data "$c/onehot-fallback/widths_3_2.csv" --visible-unit softmax --out r/widths
    for version in 1 2; do score r/widths/$version --data "$c/onehot-fallback/widths_3_2.csv" >"widths-$version.csv"; done
    same widths-1.csv widths-2.csv "widths given and found"
    refused "row 6, columns 1 to 3" check "$c/onehot-fallback/one_gap.csv" --visible-unit softmax
else
    echo "no folder cases beside BOLTZ_DATA: its files are left out"
fi
[ $failures = 0 ] && echo "tables: all as expected"
[ $failures = 0 ]
