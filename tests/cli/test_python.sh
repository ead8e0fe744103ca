#!/usr/bin/env bash
# The Python package: its wheel installed from the tree, the client against the daemon with the shipped models, the estimators
# through scikit-learn's own checks.
set -euo pipefail

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"
needs "$boltzd"
python=/usr/bin/python3
"$python" -c 'import numpy, setuptools, wheel, pip' 2>/dev/null || { echo "skipped: needs Debian's python3-numpy, -setuptools, -wheel and -pip"; exit 77; }

cp -r "$SOURCE_DIR/clients/python" source
"$python" -m pip wheel --quiet --no-deps --no-build-isolation --no-index -w wheels ./source >pip.log 2>&1 || { cat pip.log; exit 1; }
size=$(stat -c %s wheels/*.whl)
[ "$size" -lt 100000 ] || { echo "the wheel has $size bytes, expected under 100 kB"; exit 1; }
"$python" -m zipfile -e wheels/*.whl site
export PYTHONPATH=$work/site BOLTZ=$boltz

serve "$SOURCE_DIR/models"
"$boltz" sample "$SOURCE_DIR/models/mnist-rbm" --count 3 --steps 20 --seed 5 --out cli.npy
"$boltz" score "$SOURCE_DIR/models/mnist-rbm" --data cli.npy --out score.npy 2>/dev/null
PORT=$port "$python" - <<'PY'
import os, pickle
import numpy as np
import boltzd
from boltzd import model_file

c = boltzd.Client(f"http://127.0.0.1:{os.environ['PORT']}")
assert c.ready() and {m["name"] for m in c.models()} >= {"mnist-rbm", "mnist-dbm"}
s = c.sample("mnist-rbm", count=3, steps=20, seed=5)
assert np.array_equal(s.samples, np.load("cli.npy")), "the same draws from a shell and over HTTP"
f = c.free_energy("mnist-rbm", s.samples)
assert np.array_equal(f.free_energy, np.load("score.npy")), "the same bits"
assert f.log_prob_kind == "estimate" and f.method == "exact"
h = c.features("mnist-rbm", s.samples)
m = model_file.read(os.path.join(os.environ["SOURCE_DIR"], "models/mnist-rbm/1/model.safetensors"))
layers = [l["name"] for l in m.layers]
w, b, o = m.weight(*layers), m.tensors[layers[1] + ".bias"], m.tensors.get(layers[0] + ".offset", 0)
want = 1 / (1 + np.exp(-((s.samples - o).astype(np.float64) @ w + b)))
assert np.abs(h - want).max() < 1e-5
assert np.array_equal(c.parameters("mnist-rbm", "~".join(layers) + ".weight"), w)
# Unknown values given as NaN, as None or by a mask are the same thing.
x = s.samples.copy()
x[:, 300:420] = np.nan
a = c.reconstruct("mnist-rbm", x)
listed = [[None if v != v else float(v) for v in row] for row in x]
mask = (~np.isnan(x)).astype(int)
assert np.array_equal(a.reconstruction, c.reconstruct("mnist-rbm", listed).reconstruction)
assert np.array_equal(a.reconstruction, c.reconstruct("mnist-rbm", s.samples, mask=mask).reconstruction)
assert np.array_equal(a.reconstruction[:, :300], x[:, :300]), "what is known is kept"
# Arrays of objects, such as those of tables with gaps, are read as numbers and gaps.
row = np.zeros((1, 784))
row[0, 5] = np.nan
assert c.reconstruct("mnist-rbm", row.astype(object)).reconstruction.tolist() == c.reconstruct("mnist-rbm", row).reconstruction.tolist()
# A stream's last frame and the token that continues from it.
frames = list(c.stream("mnist-rbm", count=2, steps=20, every=8, seed=3))
assert [f.step for f in frames] == [8, 16, 20, 20] and frames[-1].done
on = c.sample("mnist-rbm", steps=20, continue_=frames[-1].continue_)
assert np.array_equal(on.samples, c.sample("mnist-rbm", count=2, steps=40, seed=3).samples)
for frame in c.stream("mnist-rbm", count=32, steps=100000, every=1):
    break  # closing it must not hang
assert bytes(c.picture("mnist-rbm", count=4, steps=5, seed=1)).startswith(b"\x89PNG")
try:
    c.features("mnist-rbm", [[1, 2, 3]])
    raise SystemExit("a row of three values was taken")
except boltzd.ApiError as e:
    assert e.status == 400 and e.code == "shape_mismatch" and "784" in e.detail and e.request_id, e.problem
try:
    c.model("nothing")
    raise SystemExit("a model that is not there was found")
except boltzd.ApiError as e:
    assert e.status == 404
try:
    boltzd.Client("http://127.0.0.1:9", retries=0).models()
    raise SystemExit("port 9 answered")
except boltzd.ConnectionFailed:
    pass
# Files: what is written reads back the same, and boltz accepts it.
rbm = model_file.rbm(np.arange(6).reshape(3, 2) / 10, [0, 1, 2], [1, 0])
model_file.write("rbm.safetensors", rbm)
assert np.array_equal(model_file.read("rbm.safetensors").tensors["visible~hidden.weight"], rbm.tensors["visible~hidden.weight"])
PY
"$boltz" inspect rbm.safetensors --check >/dev/null

"$python" -c 'import sklearn' 2>/dev/null || { echo "scikit-learn is not installed: its checks were skipped"; exit 0; }
"$python" -W ignore - <<'PY'
import pickle
import numpy as np
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.linear_model import LogisticRegression
from sklearn.utils.estimator_checks import check_estimator
from boltzd.sklearn import AnomalyDetector, BoltzmannMachine, Classifier, Imputer

small = dict(n_hidden=4, updates=30, threads=1)
for estimator in (BoltzmannMachine(**small), AnomalyDetector(**small), Imputer(**small),
                  Classifier(n_hidden=8, updates=30, threads=1, finetune={"epochs": 150})):
    check_estimator(estimator)

rng = np.random.default_rng(0)
centre = rng.integers(0, 2, (3, 10))
y = rng.integers(0, 3, 240)
X = (centre[y] ^ (rng.random((240, 10)) < 0.05)).astype(float)
search = GridSearchCV(make_pipeline(BoltzmannMachine(updates=2000, threads=1), LogisticRegression()),
                      {"boltzmannmachine__n_hidden": [2, 12]}, cv=3).fit(X, y)
assert search.best_score_ > 0.9, search.best_score_
detector = AnomalyDetector(n_hidden=8, contamination=0.05, updates=500, threads=1).fit(X)
assert abs((detector.predict(X) == -1).mean() - 0.05) < 0.02
# A few extreme rows do not make others look usual: the bulk of a column decides its scale.
tails = np.hstack([np.where(rng.random((600, 1)) < 0.97, 1, 300) * rng.normal(size=(600, 1)), rng.normal(5, 2, (600, 1))])
odd = [[12, 5], [-14, 5]]
assert (AnomalyDetector(n_hidden=4, contamination=0.05, updates=1000, threads=1).fit(tails).predict(odd) == -1).all()
assert (AnomalyDetector(n_hidden=4, contamination=0.05, updates=1000, threads=1, options={"clip": 0}).fit(tails).predict(odd) == 1).all()
again = pickle.loads(pickle.dumps(detector))
assert np.array_equal(again.score_samples(X), detector.score_samples(X))
gaps = X.copy()
gaps[::3, 4] = np.nan
filled = Imputer(n_hidden=8, updates=4000, threads=1).fit(gaps).transform(gaps)
assert np.array_equal(filled[~np.isnan(gaps)], X[~np.isnan(gaps)])
right = np.round(filled[::3, 4]) == X[::3, 4]
assert right.mean() > 0.85, right.mean()
PY
