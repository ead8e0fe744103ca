#!/usr/bin/env bash
# Tables over HTTP: rows by column name, as JSON objects and as CSV, give the same numbers as the command line, bit for bit; what
# does not fit is refused and named, and columns left out are reported.
set -uo pipefail

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"
needs "$boltzd" python3 curl

python3 - <<'PY'
import random
random.seed(3)
head = "id,age,income,ok,plan,when,status\n"
def row(i):
    plan = random.choice(["basic", "plus", "a, or b"])
    age = random.gauss({"basic": 30, "plus": 45, "a, or b": 60}[plan], 4)
    return 'p%d,%.2f,%.1f,%s,%s,2026-01-%02d,%s\n' % (
        i, age, 20 * age + random.gauss(0, 40), "true" if age > 42 else "false", '"a, or b"' if plan[0] == "a" else plan,
        1 + i % 28, "good" if age + random.gauss(0, 5) > 45 else "bad")
open("train.csv", "w").write(head + "".join(row(i) for i in range(300)))
open("new.csv", "w").write(head + "".join(row(i) for i in range(70)))
PY
train() { "$boltz" train rbm --hidden 4 --updates 300 --threads 1 --log none "$@" >/dev/null 2>message || { cat message; exit 1; }; }
train --data train.csv --index-column id --exclude status --out r/plain
tail -n +2 train.csv | sed 's/.*,//' >labels.txt
train --data train.csv --index-column id --exclude status --labels labels.txt --out r/label
train --data train.csv --index-column id --labels status --out r/column
serve r
"$boltz" sample r/column --count 5 --steps 20 --seed 3 --out column.sample.csv || exit 1
for m in plain label; do
    "$boltz" score r/$m --data new.csv --index-column id --out $m.score.csv 2>/dev/null || exit 1
    "$boltz" features r/$m --data new.csv --out $m.features.csv 2>/dev/null || exit 1
    # A stream is written as it is, and a link stays one.
    echo before >stream.csv
    "$boltz" features r/$m --data new.csv --out /dev/stdout >>stream.csv 2>/dev/null || exit 1
    ln -sf linked.csv link.csv
    "$boltz" features r/$m --data new.csv --out linked.csv 2>/dev/null && echo old >linked.csv &&
        "$boltz" features r/$m --data new.csv --out link.csv 2>/dev/null || exit 1
    { echo before && cat $m.features.csv; } | cmp - stream.csv && cmp $m.features.csv linked.csv && [ -L link.csv ] ||
        fail "--out to a stream or through a link"
done
"$boltz" classify r/label --data new.csv --out label.classify.csv 2>/dev/null || exit 1
"$boltz" reconstruct r/plain --data new.csv --layer visible --out plain.reconstruct.csv 2>/dev/null || exit 1

python=$(for p in python3 /usr/bin/python3; do "$p" -c "import pandas" 2>/dev/null && echo "$p" && break; done)
PORT=$port PYTHONPATH=$SOURCE_DIR/clients/python PYTHONDONTWRITEBYTECODE=1 "${python:-python3}" - <<'PY'
import csv, io, json, os, random, struct, urllib.error, urllib.request
base = f"http://127.0.0.1:{os.environ['PORT']}/v1/models/"

def call(path, body, kind="application/json", accept="application/json"):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(base + path, body, {"Content-Type": kind, "Accept": accept})
    try:
        with urllib.request.urlopen(request) as r:
            data = r.read()
            return r.status, json.loads(data) if "json" in r.headers["Content-Type"] else data.decode(), r.headers
    except urllib.error.HTTPError as e:
        return e.code, json.loads(e.read()), e.headers

def ok(*a, **k):
    status, reply, headers = call(*a, **k)
    assert status == 200, (a[0], reply)
    return reply, headers

def refused(words, *a, **k):
    status, reply, _ = call(*a, **k)
    assert status == 400, (status, a, reply)
    for w in words:
        assert w in reply["detail"], (w, reply["detail"])

table = list(csv.reader(open("new.csv")))
names, lines = table[0], table[1:]
rows = list(csv.DictReader(open("new.csv")))
inputs = ["age", "income", "ok", "plan"]

def typed(r, columns):
    out = {}
    for c in columns:
        out[c] = {"age": float, "income": float, "ok": lambda t: t == "true"}.get(c, str)(r[c])
    return out

def text(columns, delimiter=","):
    f = io.StringIO()
    w = csv.writer(f, delimiter=delimiter, lineterminator="\n")
    w.writerow(columns)
    for i, r in enumerate(rows):
        w.writerow([r.get(c, "x%d" % i) for c in columns])
    return f.getvalue()

def numbers(path, columns=None):
    got = list(csv.reader(open(path)))
    if columns is None:  # the model's own index column is carried along
        assert got[-1][0].startswith("p"), got[-1]
        columns = slice(1, None)
    try:
        [float(x) for x in got[0][1:]]
    except ValueError:
        got = got[1:]
    return [[float(x) for x in (r if columns is None else r[columns])] for r in got]

def mixed(x):  # another order, and a column that the model does not know
    x = list(x) + ["extra"]
    random.Random(1).shuffle(x)
    return x

def records(columns):  # an npy file, as numpy.save writes a structured array
    kind = {"age": ("<f8", "<d", float), "income": ("<f8", "<d", float), "ok": ("|b1", "<?", lambda t: t == "true")}
    word = ("|S16", "<16s", str.encode)
    descr = [(c, kind.get(c, word)[0]) for c in columns]
    head = repr({"descr": descr, "fortran_order": False, "shape": (len(rows),)}).encode()
    head += b" " * (-(len(head) + 11) % 64) + b"\n"
    cells = (struct.pack(kind.get(c, word)[1], kind.get(c, word)[2](r.get(c, "x"))) for r in rows for c in columns)
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + b"".join(cells)

forms = {
    "as it came": open("new.csv", "rb").read(),
    "shuffled": text(mixed(names)).encode(),
    "TSV": text(mixed(names), "\t").encode(),
    "semicolons": text(names, ";").encode(),
    "UTF-16": text(mixed(names)).encode("utf-16"),
    "CRLF": text(names).replace("\n", "\r\n").encode(),
}
scores = {m: list(csv.DictReader(open(m + ".score.csv"))) for m in ("plain", "label")}
for m in scores:
    want = [float(r["free_energy"]) for r in scores[m]]
    features = numbers(m + ".features.csv")
    for form, body in forms.items():
        got, _ = ok(m + "/free-energy", body, "text/csv")
        assert got["free_energy"] == want, (m, form)
        got, _ = ok(m + "/features", body, "text/csv")
        assert [[float(x) for x in r] for r in got["features"]] == features, (m, form)
    for columns in (inputs, mixed(names)):
        got, _ = ok(m + "/free-energy", records(columns), "application/x-npy")
        assert got["free_energy"] == want, (m, columns)
    refused(["records"], m + "/free-energy", records(inputs)[:-8], "application/x-npy")
    for columns in (inputs, inputs[::-1], ["id"] + inputs):
        got, _ = ok(m + "/free-energy", {"rows": [typed(r, columns) for r in rows]})
        assert got["free_energy"] == want, (m, columns)
        assert "left_out" not in got and "missing" not in got and "ignored" not in got, got
    got, _ = ok(m + "/features", {"inputs": [typed(r, inputs) for r in rows]})  # a list of objects is rows
    assert got["features"] == features

# Replies in the same form, with the index column under its name; the same text as the tool writes.
got, headers = ok("plain/free-energy", forms["as it came"], "text/csv", accept="text/csv")
assert headers["Content-Type"] == "text/csv; charset=utf-8"
assert got == open("plain.score.csv").read(), got[:300]
got, _ = ok("plain/free-energy?as=rows", {"rows": [typed(r, ["id"] + inputs) for r in rows]})
for g, w in zip(got["rows"], scores["plain"]):
    assert g == {"id": w["id"], "free_energy": float(w["free_energy"]), "percentile": float(w["percentile"]),
                 "anomaly": w["anomaly"] == "1"}, (g, w)
assert got["method"] == "exact" and "free_energy" not in got

# How unusual a row is: by the model's threshold or the request's; rows with their labels are on another scale.
got, _ = ok("plain/free-energy", forms["as it came"], "text/csv")
assert got["percentile"] == [float(r["percentile"]) for r in scores["plain"]]
assert got["anomaly"] == [r["anomaly"] == "1" for r in scores["plain"]]
middle = sorted(got["free_energy"])[35]
again, _ = ok(f"plain/free-energy?threshold={middle!r}", forms["as it came"], "text/csv")
assert sum(again["anomaly"]) == 34 and again["threshold"] == middle
gap = {"rows": [{"age": 31, "income": None, "ok": True, "plan": "basic"}]}  # its free energy is on another scale
got, _ = ok("plain/free-energy", gap)
assert got["percentile"] == [None] and got["anomaly"] == [None] and got["missing"] == [1], got
got, _ = ok("plain/free-energy?threshold=1e9", gap)
assert got["percentile"] == [None] and got["anomaly"] == [False], got
whole = typed(rows[0], inputs)
bare, _ = ok("label/free-energy", {"rows": [whole]})
labelled, _ = ok("label/free-energy", {"inputs": {"plan": ["plus"], "label": ["good"]}})
assert 0 <= bare["percentile"][0] <= 100 and "percentile" not in labelled and "anomaly" not in labelled

# Which cells are unusual: by how much the free energy falls when they have the expected value, the largest first.
odd = [{"age": 31, "income": 1300, "ok": False, "plan": "basic"}, {"age": 31, "income": None, "ok": True, "plan": "basic"}]
got, _ = ok("plain/free-energy", {"rows": odd, "explain": True})
assert got["explain"] == ok("plain/free-energy?explain=true&as=rows", {"rows": odd})[0]["explain"]
assert "explain" not in ok("plain/free-energy", {"rows": odd, "explain": False})[0]
assert sum(map(len, got["explain"])) > 0
for f, r, cells in zip(got["free_energy"], odd, got["explain"]):
    assert [c["drop"] for c in cells] == sorted((c["drop"] for c in cells), reverse=True)
    for c in cells:
        assert c["value"] == r[c["column"]] and c["drop"] > 0
        other, _ = ok("plain/free-energy", {"rows": [dict(r, **{c["column"]: c["expected"]})]})
        assert f - other["free_energy"][0] == c["drop"], (c, f, other)
known = {"age", "ok", "plan"}  # unknown cells are not unusual; no cell that is left out would lower it more
assert {c["column"] for c in got["explain"][1]} <= known

text, _ = ok("plain/free-energy?explain=true", {"rows": odd}, accept="text/csv")
for line, f, cells in zip(csv.DictReader(text.splitlines()), got["free_energy"], got["explain"]):
    assert float(line["free_energy"]) == f and (len(cells) == 5 or line[f"cell_{len(cells) + 1}"] == "")
    for k, c in enumerate(cells, 1):
        assert line[f"cell_{k}"] == c["column"] and float(line[f"drop_{k}"]) == c["drop"], (line, c)
        for of in ("value", "expected"):
            assert line[f"{of}_{k}"] == c[of] if isinstance(c[of], str) else float(line[f"{of}_{k}"]) == float(c[of]), (line, c)

# Classes: the label column plays no part, and is reported as ignored.
want = list(csv.DictReader(open("label.classify.csv")))
got, _ = ok("label/classify?as=rows", forms["shuffled"], "text/csv")
assert set(got["ignored"]) == {"extra", "status", "when"}, got["ignored"]
for g, w in zip(got["rows"], want):
    assert g["class"] == w["class"] and abs(g["p_good"] - float(w["p_good"])) < 1e-7, (g, w)
arrays, _ = ok("label/classify", {"rows": [typed(r, inputs) for r in rows]})
assert [c[0] for c in arrays["classes"]] == [w["class"] for w in want]
top, _ = ok("label/classify?as=rows&top=1", {"rows": [typed(rows[0], inputs)]})
assert set(top["rows"][0]) == {"class_1", "probability_1"}

# Gaps are filled in, known cells stay as they were; the arrays agree.
gaps = [typed(r, ["id"] + inputs) for r in rows[:3]]
gaps[0]["income"] = None
del gaps[1]["plan"]
gaps[2]["age"] = 57.12345678901
gaps[2]["ok"] = None
got, _ = ok("plain/reconstruct?as=rows", {"rows": gaps})
arrays, _ = ok("plain/reconstruct", {"rows": gaps})
assert got["missing"] == arrays["missing"] == [1, 1, 1] and "left_out" not in got
for g, r in zip(got["rows"], gaps):
    assert list(g) == ["id"] + inputs
    for c in r:
        assert g[c] == r[c] or r[c] is None, (c, g, r)
assert got["rows"][0]["income"] == arrays["reconstruction"]["visible"][0][1]
assert got["rows"][1]["plan"] in ("basic", "plus", "a, or b")
assert got["rows"][2]["ok"] is (arrays["reconstruction"][[k for k in arrays["reconstruction"] if k not in ("visible", "plan")][0]][2][0] > 0.5)
full, _ = ok("plain/reconstruct", forms["shuffled"], "text/csv")
assert full["reconstruction"]["visible"] == numbers("plain.reconstruct.csv")
got, headers = ok("plain/reconstruct", b"plan,age,income,ok,id\nbasic,31,,yes,q\n", "text/csv", accept="text/csv")
assert headers["X-Boltz-Missing"] == "1" and got.startswith("id,age,income,ok,plan\nq,31,") and got.endswith(",1,basic\n"), got
got, _ = ok("plain/reconstruct?as=rows", {"rows": {"plan": "a, or b", "age": 61}})
assert got["left_out"] == ["income", "ok"] and got["missing"] == [2]
got, headers = ok("plain/reconstruct", {"rows": {"plan": "a, or b", "age": 61}}, accept="text/csv")
assert headers["X-Boltz-Left-Out"] == "income,ok" and '"a, or b"' in got

# A class has the name of the column that it came from, in draws by both programs and in reconstructions.
got, _ = ok("column/sample?as=rows&count=5&steps=20&seed=3", {})
drawn = list(csv.DictReader(open("column.sample.csv")))
assert list(drawn[0]) == ["age", "income", "ok", "plan", "status"] and "label" not in got["rows"][0], (drawn[0], got["rows"][0])
assert [r["status"] for r in got["rows"]] == [r["status"] for r in drawn] and {r["status"] for r in drawn} <= {"good", "bad"}
got, _ = ok("column/reconstruct?as=rows", {"rows": [{"plan": "plus"}]})
assert list(got["rows"][0]) == ["age", "income", "ok", "plan", "status"], got

# Categories by name for one layer, in inputs and in clamps; draws as rows.
a, _ = ok("plain/reconstruct", {"inputs": {"plan": ["plus", "basic"]}})
b, _ = ok("plain/reconstruct", {"rows": [{"plan": "plus"}, {"plan": "basic"}]})
assert a["reconstruction"] == b["reconstruction"]
got, _ = ok("plain/sample?as=rows&count=5&steps=20&seed=3", {"clamp": {"plan": {"values": ["plus"]}}})
assert [r["plan"] for r in got["rows"]] == ["plus"] * 5 and set(got["rows"][0]) == set(inputs) | {"energy"}
assert isinstance(got["rows"][0]["ok"], bool) and got["continue"]

# Refusals that name what is wrong.
refused(["rows[1]", "plan", "gold", "basic, plus"], "plain/free-energy", {"rows": [{"plan": "plus"}, {"plan": "gold"}]})
refused(["incme", "income"], "plain/features", {"rows": [{"incme": 3}]})
refused(["rows[0].age", "old"], "plain/features", {"rows": [{"age": "old"}]})
refused(["rows[0].ok", "maybe"], "plain/features", {"rows": [{"ok": "maybe"}]})
refused(["rows[0].age", "twice"], "plain/features", b'{"rows":[{"age":1,"age":2}]}')
refused(["rows[0].age", "an array"], "plain/features", {"rows": [{"age": [1]}]})
refused(["rows", "object"], "plain/features", {"rows": [[1, 2]]})
refused(["as", "npy"], "plain/features?as=rows&format=npy", {"rows": [{"age": 1}]})
refused(["as", "ndjson"], "plain/sample?as=rows&format=ndjson", {})
refused(["at least one"], "plain/features", {"rows": []})
refused(["no value of row 0 is known"], "plain/features", {"rows": [{"age": None}]})
refused(["rows", "inputs"], "plain/features", {"rows": [{"age": 1}], "inputs": {"plan": ["plus"]}})
refused(["inputs.plan[1]", "gold"], "plain/features", {"inputs": {"plan": ["plus", "gold"]}})
refused(["inputs.plan", "found null"], "plain/features", {"inputs": {"plan": None}})
refused(["inputs.visible", "a number"], "plain/features", {"inputs": {"visible": ["plus"]}})
refused(["plan", "age, income"], "plain/features", b"age,income,ok\n1,2,true\n", "text/csv")
refused(["row 2", "plan", "gold"], "plain/features", b"age,income,ok,plan\n1,2,true,plus\n1,2,true,gold\n", "text/csv")
refused(["label", "ugly", "bad, good"], "label/free-energy", {"inputs": {"label": ["ugly"]}})
refused(["JSON"], "plain/features", b'[{"age": 1}]', "text/csv")

# The Python package: a DataFrame's columns are matched by name, and the result is a DataFrame.
try:
    import numpy, pandas
except ImportError:
    print("no pandas: DataFrames were skipped")
else:
    import boltzd
    client = boltzd.Client(base[: base.index("/v1")])
    frame = pandas.read_csv("new.csv").set_index("id")
    for columns in (inputs, inputs[::-1]):
        reply = client.free_energy("plain", frame[columns], threshold=middle)
        assert list(reply.free_energy) == [float(r["free_energy"]) for r in scores["plain"]]
        assert reply.anomaly.sum() == 34 and list(reply.percentile) == [float(r["percentile"]) for r in scores["plain"]]
    assert client.features("plain", frame[inputs]).tolist() == numpy.array(numbers("plain.features.csv"), "f4").tolist()
    assert [c[0] for c in client.classify("label", frame[inputs]).classes] == [w["class"] for w in want]
    assert client.free_energy("plain", frame[inputs].iloc[0]).free_energy.tolist() == client.free_energy("plain", frame[inputs][:1]).free_energy.tolist()
    try:
        client.free_energy("plain", pandas.concat([frame[inputs], frame[["age"]] + 1], axis=1))
        raise SystemExit("a column that is there twice was taken")
    except ValueError as e:
        assert "age is there twice" in str(e), e
    frame.loc["p3", "plan"] = None
    frame.loc["p4", "income"] = float("nan")
    back = client.reconstruct("plain", frame[inputs], as_rows=True)
    assert back.missing[3] == back.missing[4] == 1 and back.rows.index.equals(frame.index)
    assert back.rows.loc["p4", "age"] == frame.loc["p4", "age"] and back.rows.notna().all().all()
    try:
        client.features("plain", frame[["age", "status"]].rename(columns={"status": "stats"}))
        raise SystemExit("a column that the model has not was taken")
    except boltzd.ApiError as e:
        assert e.status == 400 and "stats" in e.detail

assert "--" not in call("plain/features", b"age,income,ok,plan\n1,2,true,gold\n", "text/csv")[1]["detail"]
print("ok")
PY
