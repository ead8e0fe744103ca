#!/usr/bin/env bash
# Tables as pandas and scikit-learn write them: scores, filled gaps and classes are the same from the shell, over HTTP and from
# Python.
set -uo pipefail

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"
needs "$boltzd"
python=/usr/bin/python3
"$python" -c 'import pandas, sklearn' 2>/dev/null || { echo "skipped: needs Debian's python3-pandas and python3-sklearn"; exit 77; }

export PYTHONPATH=$SOURCE_DIR/clients/python PYTHONDONTWRITEBYTECODE=1 BOLTZ=$boltz
run() { "$boltz" "$@" >said 2>message || { echo "FAILED: $*: $(cat message)"; exit 1; }; }

# Iris with a category, a truth value and gaps, as DataFrame.to_csv writes it (an unnamed index, True and False, empty cells), the
# same in European format, and the inputs alone as dump_svmlight_file writes them.
"$python" -W ignore - <<'PY' || exit 1
import numpy, pandas
from sklearn.datasets import dump_svmlight_file, load_iris
data = load_iris(as_frame=True)
frame = data.data.rename(columns=lambda c: c.replace(" (cm)", ""))
rng = numpy.random.default_rng(2)
frame["site"] = pandas.Categorical(rng.choice(["hill", "shore", "wood, wet"], len(frame)))
frame["tall"] = frame["petal length"] > 4
frame["species"] = data.target_names[data.target]
frame = frame.sample(frac=1, random_state=1).reset_index(drop=True)
dump_svmlight_file(data.data, data.target, "plain.svm")
data.data.to_numpy().tofile("plain.bin")
frame.to_csv("train.csv")
gaps = frame.copy()
for c in frame.columns[:-1]:
    gaps[c] = frame[c].astype(object).where(rng.random(len(frame)) > 0.2)
gaps.to_csv("gaps.csv")
gaps.to_csv("europe.csv", sep=";", decimal=",")
gaps.to_pickle("gaps.pickle")
PY
run train rbm --data train.csv --label-column species --hidden 6 --updates 1500 --threads 1 --log none --out repo/plain
"$python" -c 'import csv; open("species.txt", "w").writelines(r["species"] + "\n" for r in csv.DictReader(open("train.csv")))'
run train rbm --data train.csv --exclude species --labels species.txt --objective hybrid --hidden 6 --updates 1500 --threads 1 --log none --out repo/classes
run train rbm --data plain.svm --visible-unit gaussian --hidden 4 --updates 500 --threads 1 --log none --out repo/svm
for file in gaps europe; do
    run score repo/plain --data $file.csv --missing infer --out $file.score.csv
    run impute repo/plain --data $file.csv --out $file.impute.csv
    run classify repo/classes --data $file.csv --missing infer --out $file.classify.csv
done
run score repo/svm --data plain.svm --out svm.npy
"$python" -W ignore - <<'PY' || exit 1
import numpy
from boltzd.sklearn import AnomalyDetector, Classifier, Imputer
X = numpy.fromfile("plain.bin").reshape(150, 4)
y = numpy.repeat(["setosa", "versicolor", "virginica"], 50)
gaps = X.copy()
gaps[::3, 1] = gaps[1::4, 3] = numpy.nan
numpy.save("x.npy", X), numpy.save("gaps.npy", gaps)
small = dict(n_hidden=4, updates=300, threads=1)
detector, imputer = AnomalyDetector(**small).fit(X), Imputer(**small).fit(gaps)
classifier = Classifier(finetune={"epochs": 20}, **small).fit(X, y)
for name, model in ("detector", detector), ("imputer", imputer), ("classifier", classifier):
    model.save("repo/" + name)
numpy.savez("python.npz", scores=detector.score_samples(X), filled=imputer.transform(gaps), p=classifier.predict_proba(X))
PY
run score repo/detector --data x.npy --out detector.npy
run reconstruct repo/imputer --data gaps.npy --missing infer --steps 30 --out imputer.npy
run classify repo/classifier --data x.npy --out classifier.npy

serve repo
PORT=$port "$python" -W ignore - <<'PY'
import csv, io, os, urllib.request
import numpy, pandas
import boltzd
base = f"http://127.0.0.1:{os.environ['PORT']}"
client = boltzd.Client(base)
table = lambda path, **how: list(csv.DictReader(open(path), **how))
gaps = pandas.read_pickle("gaps.pickle")
inputs = list(gaps.columns[:-1])

def post(path, file):
    request = urllib.request.Request(f"{base}/v1/models/{path}", open(file, "rb").read(), {"Content-Type": "text/csv", "Accept": "text/csv"})
    return list(csv.DictReader(io.StringIO(urllib.request.urlopen(request).read().decode())))

comma = lambda text: float(text.replace(",", "."))
# a row's score
want = table("gaps.score.csv")
assert [r["free_energy"] for r in want] == [r["free_energy"] for r in table("europe.score.csv")]
for rows in post("plain/free-energy", "gaps.csv"), post("plain/free-energy", "europe.csv"):
    assert [r["free_energy"] for r in rows] == [r["free_energy"] for r in want] and len(rows) == 150
    assert [r["percentile"] for r in rows] == [r["percentile"] for r in want]
assert client.free_energy("plain", gaps[inputs]).free_energy.tolist() == [float(r["free_energy"]) for r in want]
# gaps filled in
want, europe = table("gaps.impute.csv"), table("europe.impute.csv", delimiter=";")
assert [[r[c] for c in inputs] for r in want] == [[r[c].replace(",", ".") if c != "site" else r[c] for c in inputs] for r in europe]
back = client.reconstruct("plain", gaps[inputs], steps=30, as_rows=True).rows
over = post("plain/reconstruct?steps=30", "gaps.csv")
filled = 0
for i, row in enumerate(want):
    if gaps.loc[i, inputs].notna().all():
        continue  # nothing to fill in: reconstruct returns its version of the whole row
    for c in inputs:
        known = pandas.notna(gaps[c][i])
        filled += not known
        a, b = back[c][i], over[i][c]
        if c == "site":
            assert row[c] == a == b, (i, c, row[c], a, b)
        elif c == "tall":
            assert (row[c] == "True") == bool(a) == (b == "1"), (i, c, row[c], a, b)
        else:
            assert float(row[c]) == float(a) == float(b), (i, c, row[c], a, b)
        assert not known or str(gaps[c][i]) == row[c], (i, c)
assert filled > 150
# classes
want = table("gaps.classify.csv")
europe = table("europe.classify.csv", delimiter=";")
assert [r["class"] for r in want] == [r["class"] for r in europe]
for rows in post("classes/classify", "gaps.csv"), post("classes/classify", "europe.csv"):
    assert [r["class"] for r in rows] == [r["class"] for r in want]
    for name in "setosa", "versicolor", "virginica":
        assert numpy.allclose([float(r["p_" + name]) for r in rows], [float(r["p_" + name]) for r in want], rtol=0, atol=6e-8)
found = client.classify("classes", gaps[inputs])
assert [c[0] for c in found.classes] == [r["class"] for r in want]
assert numpy.mean([r["class"] == r["species"] for r in want]) > 0.6
# arrays: estimators, shell, HTTP
X, holes, python = numpy.load("x.npy"), numpy.load("gaps.npy"), numpy.load("python.npz")
assert numpy.array_equal(python["scores"], -numpy.load("detector.npy"))
assert numpy.array_equal(python["scores"], -client.free_energy("detector", X).free_energy)
gap = numpy.isnan(holes)
assert numpy.array_equal(numpy.load("imputer.npy")[gap], client.reconstruct("imputer", holes, steps=30).reconstruction[gap])
assert numpy.array_equal(python["filled"][gap], numpy.load("imputer.npy")[gap].astype(float)) and numpy.array_equal(python["filled"][~gap], X[~gap])
assert numpy.array_equal(python["p"], numpy.load("classifier.npy"))
over = client.classify("classifier", X)
order = numpy.argsort(-python["p"], axis=1, kind="stable")
assert numpy.array_equal(numpy.asarray([[int(c) for c in r] for r in over.classes]), order)
assert numpy.allclose(numpy.asarray(over.probabilities), numpy.take_along_axis(python["p"], order, 1), rtol=0, atol=6e-8)
assert numpy.array_equal(numpy.load("svm.npy"), client.free_energy("svm", X).free_energy)
print("ok")
PY
