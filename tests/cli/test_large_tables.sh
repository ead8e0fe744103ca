#!/usr/bin/env bash
# Tables read one window at a time: the same results as when read whole, in memory that does not grow with the file.
set -uo pipefail

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"
needs python3

failures=0
fail() { echo "FAILED: $*"; failures=$((failures + 1)); }
run() { "$boltz" "$@" --threads 1 2>message || fail "$*: $(cat message)"; }

# 2500 rows, and the same ones over and over: 17 MB. Quoted cells with line ends in them, gaps, and a truth value spelled as a word.
python3 - <<'PY'
import random
random.seed(3)
def row(i):
    plan = random.choice(["basic", '"a, or b"', '"c\nd"'])
    gap = lambda text: text if random.random() > .05 else ""
    return '%d,%s,%s,%s,%s,"note ""%d"" of a row"\n' % (i, gap("%.3f" % random.gauss(40, 9)), gap("%.2f" % random.gauss(900, 99)),
                                                gap(random.choice(["yes", "no"])), gap(plan), i)
head, rows = "id,age,income,ok,plan,note\n", [row(i) for i in range(2500)]
body = "".join(rows)
times = 17_000_000 // len(body)
open("times", "w").write(str(times))
open("small.csv", "w").write(head + body)
open("large.csv", "w").write(head + body * times)
open("bad.csv", "w").write(head + body * times + "1,old,900,yes,basic,x\n")
# other units from the first row on, and a number for gaps in the last ones
other = "".join("%d,%.3f,%.0f,yes,basic,x\n" % (i, random.gauss(40, 9), random.gauss(9e5, 9e4)) for i in range(2500))
open("other.csv", "w").write(head + other * (9_000_000 // len(other)) + "1,-999,900000,yes,basic,x\n" * 2500)
open("labels.txt", "w").write("".join("ab"[i % 2] + "\n" for i in range(2500)))
PY
times=$(cat times)
"$boltz" train rbm --data small.csv --index-column id --exclude note --missing infer --hidden 3 --updates 100 --threads 1 --log none \
    --out r/m >/dev/null 2>message || fail "train: $(cat message)"
"$boltz" train rbm --data small.csv --index-column id --exclude note --labels labels.txt --missing infer --hidden 3 --updates 100 --threads 1 \
    --log none --out r/c >/dev/null 2>message || fail "train: $(cat message)"

# What a small table needs, in kB of address space: measured, since libraries are larger on some releases. A large table may need a window on top.
least=0
for limit in $(seq 20000 5000 200000); do
    (ulimit -v "$limit" && exec "$boltz" score r/m --data small.csv --index-column id --missing infer --threads 1 --out least.csv) >/dev/null 2>&1 &&
        least=$limit && break
done
[ "$least" != 0 ] || fail "a small table needs more than 200 MB"

for command in "score r/m" "features r/m" "reconstruct r/m" "impute r/m" "classify r/c"; do
    name=${command%% *} gaps=(--missing infer)
    [ "$name" = impute ] && gaps=()
    run $command --data small.csv --index-column id "${gaps[@]}" --out small.$name.csv
    (ulimit -v $((least + 65000)) && exec "$boltz" $command --data large.csv --index-column id "${gaps[@]}" --threads 1 --out large.$name.csv) 2>message ||
        fail "$name of a large table: $(tail -1 message)"
    grep -q "warning:" message && fail "$name: rows like those of training: $(cat message)"
    python3 - "$name" "$times" <<'PY' || fail "$name: the rows are others"
import csv, sys
small, large = (csv.reader(open("%s.%s.csv" % (size, sys.argv[1]))) for size in ("small", "large"))
head, *rows = small
assert next(large) == head and len(rows) == 2500
for i, row in enumerate(large):
    assert row == rows[i % 2500], (i, row, rows[i % 2500])
assert i + 1 == 2500 * int(sys.argv[2]), i
PY
done
grep -q "$((2500 * times)) rows read in all" message || fail "how many rows: $(cat message)"
cmp -s <(head -n 20000 large.impute.csv | grep -c ',,') <(echo 0) || fail "gaps were left"
# draws depend on the row number; compressed files are read like others
gzip -1 -c large.csv >large.csv.gz
run features r/m --data large.csv.gz --index-column id --missing infer --type state --out drawn.csv
run features r/m --data large.csv --index-column id --missing infer --type state --out drawn.npy
python3 - <<'PY' || fail "draws are others"
import ast, csv, struct
data = open("drawn.npy", "rb").read()
n = struct.unpack("<H", data[8:10])[0]
shape = ast.literal_eval(data[10:10 + n].decode())["shape"]
want = struct.unpack("<%df" % (shape[0] * shape[1]), data[10 + n:])
got = [float(x) for r in list(csv.reader(open("drawn.csv")))[1:] for x in r[1:]]
assert tuple(got) == want
PY
# what is unlike the rows of training is said of the first window, and of all in the end
run score r/m --data other.csv --index-column id --missing infer --out other.score.csv
grep -q "warning: column 3 (income): all [0-9]* values .* above the mean in training.*(in the first [0-9]* rows)" message ||
    fail "other units: $(cat message)"
grep -q "warning: column 2 (age): -999 in 2500 rows, far from the values in training" message || fail "gaps at the end: $(cat message)"
[ "$(grep -c warning: message)" = 2 ] || fail "twice: $(cat message)"
# an error in the last rows is reported by its row and line in the file, and nothing is written
"$boltz" score r/m --data bad.csv --index-column id --missing infer --threads 1 --out bad.out.csv 2>message && fail "a word was taken for a number"
line=$(wc -l <bad.csv)
grep -q "bad.csv: row $((2500 * times + 1)) (line $line), column 2 (age): 'old'" message || fail "where it is: $(cat message)"
[ ! -e bad.out.csv ] || fail "half of a file was written"
[ $failures = 0 ] && echo "large tables: all as expected"
[ $failures = 0 ]
