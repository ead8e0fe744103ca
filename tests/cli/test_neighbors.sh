#!/usr/bin/env bash
# boltz index and POST neighbors: the nearest rows by every metric, as a simple program finds them; an index made from other weights is not used.
set -euo pipefail

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"
needs "$boltzd" python3 curl

python3 - <<'PY'
import random
random.seed(9)
rows = [[int(random.random() < (.8 if i // 7 == r % 3 else .2)) for i in range(20)] for r in range(300)]
open("train.csv", "w").write("".join(",".join(map(str, r)) + "\n" for r in rows))
open("ids.txt", "w").write("".join("row-%d é\n" % r for r in range(300)))
PY
"$boltz" train rbm --data train.csv --hidden 70 --epochs 5 --out repo/f32 --log none >/dev/null
for codes in i8 bits; do cp -r repo/f32 repo/$codes; done
for codes in f32 i8 bits; do "$boltz" index repo/$codes --data train.csv --codes $codes --ids ids.txt 2>/dev/null >path; done
[ "$(cat path)" = repo/bits/1/index.safetensors ]
"$boltz" features repo/f32 --data train.csv --out features.csv
head -299 ids.txt >short.txt
if "$boltz" index repo/f32 --data train.csv --ids short.txt 2>message; then exit 1; fi
grep -q 'expected 300 lines' message
# Names that stand twice or are empty are told; a byte order mark and an empty last line are no part of names; a 0 byte is refused.
{ printf '\357\273\277'; sed 's/^row-7 é$/row-5 é/; s/^row-9 é$//' ids.txt; echo; } >twice.txt
cp -r repo/f32 twice
"$boltz" index twice --data train.csv --ids twice.txt 2>message >/dev/null
grep -q "1 row has a name that an earlier row has, too (rows 6 and 8: 'row-5 é')" message
grep -q '1 row has an empty name' message
if grep -q "$(printf '\357\273\277')row-0" twice/1/index.safetensors; then exit 1; fi
head -c 2000 ids.txt | tr 5 '\0' >zero.txt
if "$boltz" index twice --data train.csv --ids zero.txt 2>message; then exit 1; fi
grep -q 'zero.txt: .*byte' message
"$boltz" index repo/f32 --data train.csv --ids ids.txt 2>message >/dev/null
if grep -q 'name' message; then exit 1; fi

# Names in a column of the table work as well as a file of them.
cp -r repo/f32 named
paste -d, ids.txt train.csv >table.csv
"$boltz" index named --data table.csv --id-column 1 >/dev/null 2>&1
cmp named/1/index.safetensors repo/f32/1/index.safetensors

serve repo
row=$(sed -n 5p train.csv)
ask() { curl -sf "127.0.0.1:$port/v1/models/$1/neighbors?k=12$2" -d "{\"inputs\":[[$row],[$(sed -n 200p train.csv)]]}"; }
ask f32 "" >cosine.json
ask f32 "&metric=l2" >l2.json
ask i8 "&metric=cosine" >i8.json
ask bits "" >hamming.json
curl -sf "127.0.0.1:$port/v1/models/f32/neighbors?k=3&format=npy" -d "{\"inputs\":[[$row]]}" | head -c 6 | grep -q NUMPY
[ "$(curl -s -o refused.json -w '%{http_code}' "127.0.0.1:$port/v1/models/bits/neighbors?metric=l2" -d "{\"inputs\":[[$row]]}")" = 400 ]
grep -q hamming refused.json
python3 - <<'PY'
import json, math
f = [[float(x) for x in line.split(",")] for line in open("features.csv") if line[0].isdigit()]
assert len(f) == 300
n = len(f[0])
mean = [sum(r[i] for r in f) / 300 for i in range(n)]
c = [[r[i] - mean[i] for i in range(n)] for r in f]
dot = lambda a, b: sum(x * y for x, y in zip(a, b))
def want(q, metric):
    if metric == "hamming":
        d = [sum((x > 0) != (y > 0) for x, y in zip(r, q)) for r in c]
    elif metric == "l2":
        d = [math.sqrt(sum((x - y) ** 2 for x, y in zip(r, q))) for r in c]
    else:
        d = [1 - dot(r, q) / math.sqrt(dot(r, r) * dot(q, q)) for r in c]
    return sorted((x, i) for i, x in enumerate(d))[:12]
for name, metric, slack in ("cosine", "cosine", 1e-4), ("l2", "l2", 1e-3), ("hamming", "hamming", 2), ("i8", "cosine", 2e-2):
    got = json.load(open(name + ".json"))
    assert got["layer"] == "hidden"
    for q, indices, distances, ids in zip((4, 199), got["indices"], got["distances"], got["ids"]):
        expected = want(c[q], metric)
        assert len(indices) == len(set(indices)) == 12 and distances == sorted(distances)
        assert ids == ["row-%d é" % i for i in indices]
        assert indices[0] == q or abs(distances[0] - expected[0][0]) <= slack, (name, indices)
        for d, (e, _) in zip(distances, expected): # features.csv is rounded: places may change, distances hardly
            assert abs(d - e) <= slack, (name, d, e)
PY

# Texts are compared at equal length: one that is three times as long is just as near.
kill "$pid"; wait "$pid" || true; pid=
"$boltz" train rbm --data train.csv --visible-unit multinomial --hidden 6 --updates 300 --out repo/text --log none >/dev/null
"$boltz" index repo/text --data train.csv >/dev/null 2>&1
if "$boltz" index repo/f32 --data train.csv --length 4 2>message; then exit 1; fi
grep -q -- '--length' message
serve repo
curl -sf "127.0.0.1:$port/v1/models/text" | grep -q '"length":'
curl -sf "127.0.0.1:$port/v1/models/text/neighbors?k=5" -d "{\"inputs\":[[$row],[${row//1/3}]]}" >texts.json
python3 -c 'import json; n = json.load(open("texts.json")); a, b = n["distances"]; assert a[0] < 1e-6 and all(abs(p - q) < 1e-5 for p, q in zip(a, b)), n'
[ "$(curl -s -o refused.json -w '%{http_code}' "127.0.0.1:$port/v1/models/text/neighbors" -d "{\"inputs\":[[${row//1/0}]]}")" = 400 ]
grep -q "all counts of 'visible' are 0" refused.json

# Another model under an old index: served, but without neighbours, and the reason is given.
kill "$pid"; wait "$pid" || true; pid=
"$boltz" train rbm --data train.csv --hidden 70 --epochs 1 --out other/m --log none >/dev/null
cp other/m/1/model.safetensors repo/i8/1/model.safetensors
serve repo
[ "$(curl -s -o refused.json -w '%{http_code}' "127.0.0.1:$port/v1/models/i8/neighbors" -d "{\"inputs\":[[$row]]}")" = 400 ]
grep -q 'i8/1/index.safetensors: it was made from other weights.*`boltz index`' refused.json
grep -q 'made from other weights' log

# A new index, now whitened, is picked up without a restart.
if "$boltz" index repo/i8 --data train.csv --whitening on --centering off 2>message; then exit 1; fi
grep -q -- '--centering on' message
"$boltz" index repo/i8 --data train.csv --whitening on 2>message >/dev/null
grep -q whitened message
kill -HUP "$pid"
for _ in $(seq 100); do
    curl -sf "127.0.0.1:$port/v1/models/i8/neighbors?k=1" -d "{\"inputs\":[[$row]]}" >found.json && break
    sleep 0.05
done
curl -sf "127.0.0.1:$port/v1/models/i8" | grep -q '"whitened":true'
curl -sf "127.0.0.1:$port/v1/models/f32" | grep -q '"whitened":false'
python3 -c 'import json; n = json.load(open("found.json")); assert abs(n["distances"][0][0]) < 1e-6, n'

# Rows of two layers, 4 topics: found from either layer alone, as a program that knows the formulas finds them.
kill "$pid"; wait "$pid" || true; pid=
python3 - <<'PY'
import random
random.seed(4)
layers = {"a": 12, "b": 8}
rows = [{n: [int(random.random() < (.8 if i % 4 == r % 4 else .15)) for i in range(k)] for n, k in layers.items()} for r in range(400)]
for n in layers:
    open(n + ".csv", "w").write("".join(",".join(map(str, r[n])) + "\n" for r in rows))
PY
"$boltz" train rbm --data a=a.csv --data b=b.csv --hidden 10 --updates 600 --groups off --out repo/pair --log none >/dev/null 2>&1
cp -r repo/pair repo/alone
cp -r repo/pair repo/signs
cut -d, -f1-3 a.csv >c.csv
"$boltz" train rbm --data a=a.csv --data b=b.csv --data c=c.csv --hidden 10 --updates 100 --groups off --out repo/three --log none >/dev/null 2>&1
"$boltz" index repo/three --data a=a.csv --data b=b.csv --data c=c.csv --pairs a=a.csv --pairs b=b.csv 2>message >/dev/null
grep -q 'layer c is not compared.* --pairs do not' message
"$boltz" index repo/three --data a=a.csv --data b=b.csv 2>message >/dev/null
grep -q 'layer c is not compared.*data have none' message
"$boltz" index repo/pair --data a=a.csv --data b=b.csv 2>message >/dev/null
grep -q 'numbers in which their layers meet' message
"$boltz" index repo/alone --data a=a.csv --pairs a=a.csv --pairs b=b.csv >/dev/null 2>&1
"$boltz" evaluate repo/pair --data a=a.csv --data b=b.csv --retrieve b --labels <(seq 0 399 | awk '{ print $1 % 4 }') --json 2>message >retrieved.json
grep -q 'as in the index' message
python3 -c 'import json; assert json.load(open("retrieved.json"))["map"] > .7'
if "$boltz" index repo/alone --data a=a.csv --pairs a=a.csv 2>message; then exit 1; fi
grep -q -- '--pairs.*one layer' message
# What would have no effect, or make an index in which nothing is found, is refused.
for option in "--whitening on" "--centering off" "--views off"; do
    # shellcheck disable=SC2086
    if "$boltz" index repo/alone --data a=a.csv --pairs a=a.csv --pairs b=b.csv $option 2>message; then exit 1; fi
    grep -q -- "--pairs.*$option" message
done
python3 -c 'print("\n".join(["," * 7] + open("b.csv").read().split("\n")[1:-1]))' >gap.csv
"$boltz" index repo/alone --missing infer --data b=gap.csv --pairs a=a.csv --pairs b=b.csv 2>message >/dev/null
grep -q '1 row has no value.*first is row 1' message
# Rows that are there three times are not held out from themselves: nothing else is learned.
for n in a b; do sed 'p;p' $n.csv >thrice-$n.csv; done
"$boltz" index repo/alone --data a=a.csv --pairs a=thrice-a.csv --pairs b=thrice-b.csv 2>message >/dev/null
grep '400 rows x' message >thrice
"$boltz" index repo/alone --data a=a.csv --pairs a=a.csv --pairs b=b.csv 2>message >/dev/null
grep -qxFf thrice message
# More numbers than the top layer has units.
"$boltz" train dbm --data a=a.csv --data b=b.csv --hidden 20,2 --updates 20 --out deep/m --log none >/dev/null 2>&1
"$boltz" index deep/m --data a=a.csv --data b=b.csv --layer hidden1 >/dev/null 2>&1
"$boltz" evaluate deep/m --data a=a.csv --data b=b.csv --retrieve b --labels <(seq 0 399 | awk '{ print $1 % 4 }') --json >/dev/null 2>message
grep -q 'as in the index' message
# Rows of pictures alone: the usual length is that of the pairs' texts.
sed 's/1/60/g' b.csv >words.csv
"$boltz" train rbm --data a=a.csv --data b=words.csv --hidden 10 --updates 20 --visible-unit b=multinomial --out words/m --log none >/dev/null 2>&1
"$boltz" index words/m --data a=a.csv --pairs a=a.csv --pairs b=words.csv >/dev/null 2>&1
python3 -c 'import re; assert float(re.search(rb"\"length\":\"([^\"]*)", open("words/m/1/index.safetensors", "rb").read())[1]) > 10'
"$boltz" index repo/signs --data a=a.csv --data b=b.csv --codes bits >/dev/null 2>&1
serve repo
query=0,0,1,0,0,0,1,0
curl -sf "127.0.0.1:$port/v1/models/pair/neighbors?k=40" -d "{\"inputs\":{\"b\":[[$query]]}}" >pair.json
curl -sf "127.0.0.1:$port/v1/models/alone/neighbors?k=40" -d "{\"inputs\":{\"b\":[[$query]]}}" >alone.json
curl -sf "127.0.0.1:$port/v1/models/signs/neighbors?k=40" -d "{\"inputs\":{\"b\":[[$query]]}}" >signs.json
curl -sf "127.0.0.1:$port/v1/models/pair" | grep -q '"views":\["a","b"\]'
[ "$(curl -s -o refused.json -w '%{http_code}' "127.0.0.1:$port/v1/models/pair/neighbors" -d "{\"inputs\":{\"b\":[[${query//[01]/null}]]}}")" = 400 ]
grep -q 'no value of row 0' refused.json
# A layer that the index does not compare: told in the reply, in each format; nothing is known of it, or it is not there: nothing to tell.
layers() { curl -sf "127.0.0.1:$port/v1/models/three/neighbors?k=3$1" -D headers -d "{\"inputs\":{\"b\":[[$query]]$2}}"; }
layers "" ',"c":[[1,0,1]]' >three.json
layers "&format=npy" ',"c":[[1,0,1]]' >/dev/null
grep -qi '^x-boltz-ignored: c' headers
layers "" ',"c":[[null,null,null]]' >unknown.json
layers "" "" >plain.json
python3 - <<'PY'
import json
three, unknown, plain = (json.load(open(n + ".json")) for n in ("three", "unknown", "plain"))
assert three["ignored"] == ["c"] and "ignored" not in unknown and "ignored" not in plain, (three, unknown)
assert three["indices"] == plain["indices"] == unknown["indices"] and three["distances"] == plain["distances"]
PY
python3 - <<'PY'
import json, math, struct
def tensors(path):
    b = open(path, "rb").read()
    n = struct.unpack("<Q", b[:8])[0]
    out = {}
    for name, t in json.loads(b[8:8 + n]).items():
        if name != "__metadata__" and t["dtype"] == "F32":
            first, end = t["data_offsets"]
            v = struct.unpack("<%df" % ((end - first) // 4), b[8 + n + first:8 + n + end])
            k = t["shape"][-1]
            out[name] = v if len(t["shape"]) == 1 else [v[i:i + k] for i in range(0, len(v), k)]
    return out
m, x = tensors("repo/pair/1/model.safetensors"), tensors("repo/pair/1/index.safetensors")
file = open("repo/pair/1/index.safetensors", "rb").read()
about = json.loads(file[8:8 + struct.unpack("<Q", file[:8])[0]])["__metadata__"]
near = int(about.get("near", 0))
assert about["format_version"] == ("5" if near else "4"), about
data = {n: [list(map(float, line.split(","))) for line in open(n + ".csv")] for n in "ab"}
sigmoid = lambda f: 1 / (1 + math.exp(-f))
off = lambda n, k: m.get(n + ".offset", [0] * k)
def look(layer, v):
    value = {n: v if n == layer else list(map(sigmoid, m[n + ".bias"])) for n in "ab"}
    h = [sigmoid(c + sum((value[n][i] - off(n, 12)[i]) * m[n + "~hidden.weight"][i][j] for n in "ab" for i in range(len(value[n]))))
         for j, c in enumerate(m["hidden.bias"])]
    centre, maps = x["view.%s.mean" % layer], x["view.%s.map" % layer]
    f = h + v if len(centre) > len(h) else h
    if near:  # the nearest rows by this layer say what they have in all
        kept, weight, norm = (x["view.%s.%s" % (layer, part)] for part in ("rows", "weight", "norm"))
        alike = [n * sum(a * b * w for a, b, w in zip(v, r, weight)) for r, n in zip(kept, norm)]
        least = sorted(alike)[-near] - 1e-6
        votes = [j for j, s in enumerate(alike) if s >= least]
        f = f + [sum(x["view.%s.rows" % n][j][i] for j in votes) / len(votes) for n in "ab" for i in range(len(data[n][0]))]
    f = [a - b for a, b in zip(f, centre)]
    e = [sum(a * b for a, b in zip(row, f)) for row in maps]
    length = math.sqrt(sum(a * a for a in e))
    return [a / length for a in e]
dot = lambda p, q: sum(a * b for a, b in zip(p, q))
rows = [[p + q for p, q in zip(look("a", a), look("b", b))] for a, b in zip(data["a"], data["b"])]
assert all(abs(p - q) < 1e-4 for row, want in zip(x["features"], rows) for p, q in zip(row, want))
q = look("b", [0, 0, 1, 0, 0, 0, 1, 0])
want = sorted(1 - dot(q, r) / math.sqrt(dot(r, r)) for r in rows)[:40]
for name, least in ("pair", 36), ("alone", 30), ("signs", 30):
    got = json.load(open(name + ".json"))
    assert name != "pair" or all(abs(d - e) < 1e-4 for d, e in zip(got["distances"][0], want)), (got, want)
    assert sum(r % 4 == 2 for r in got["indices"][0]) >= least, (name, got["indices"])
PY
