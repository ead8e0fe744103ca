#!/usr/bin/env bash
# Models of other programs: an import is right when the free energies differ by a constant; otherwise it is refused with the reason named.
set -euo pipefail

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"
needs python3

# refused COMMAND... -- WORDS: the command fails and says WORDS
refused() {
    local words=${*: -1} status=0
    local -a command=()
    while [ "$1" != -- ]; do command+=("$1"); shift; done
    "${command[@]}" >out 2>err || status=$?
    [ $status -eq 1 ] || [ $status -eq 2 ] || fail "'${command[*]}' gave $status"
    grep -qF -- "$words" err || fail "'${command[*]}' said '$(cat err)', want '$words'"
}

corpus=$SOURCE_DIR/tests/fuzz/bundle
# Every container holds the same three arrays, W = 0..5, or pickled ones; each becomes an RBM of 3 and 2 units.
for file in dict_protocol0 dict_protocol2 dict_protocol4 dict_protocol5 zlib torch_zip torch_legacy safetensors; do
    "$boltz" import "$corpus/$file" --out "repo/$file" >path 2>err || fail "$file: $(cat err)"
    "$boltz" inspect "$(cat path)" >out 2>&1 || fail "inspect $file: $(cat out)"
done
(ulimit -f 0 && "$boltz" import "$corpus/zlib" --out repo/none >/dev/null 2>&1) && fail "no room to write, and exit status 0"
[ ! -e repo/none ] || fail "an import that failed left $(find repo/none)"
same() { cmp <(tail -c 44 "repo/$1/1/model.safetensors") <(tail -c 44 "repo/$2/1/model.safetensors") || fail "$1 and $2 differ"; }
same dict_protocol0 dict_protocol2
same dict_protocol2 dict_protocol4
same dict_protocol4 dict_protocol5
same dict_protocol2 zlib
same torch_zip torch_legacy
for file in adabmdca ising gremlin bqm plmc echen; do
    "$boltz" import "$corpus/$file" --out "repo/$file" >path 2>err || fail "$file: $(cat err)"
done
grep -q 'kind.*bm' repo/gremlin/1/model.safetensors || fail "a Potts machine is a bm"

# Out and back again: the same numbers
back() { # MODEL TARGET: exported, imported, the tensors are the same
    "$boltz" export "repo/$1" --to "$2" --out "file.$2" 2>err || fail "export $1 --to $2: $(cat err)"
    "$boltz" import "file.$2" --out "repo/$1-$2" >path 2>err || fail "import of $1 --to $2: $(cat err)"
    cmp <(tail -c "$3" "repo/$1/1/model.safetensors") <(tail -c "$3" "repo/$1-$2/1/model.safetensors") || fail "$1 came back from $2 as another machine"
}
for target in sklearn npz safetensors; do back torch_zip $target 44; done
for target in adabmdca plmc; do back adabmdca $target 80; done
back ising adabmdca 24
if "$boltz" export repo/torch_zip --to rbms --out file.rbms 2>err; then
    for target in rbms julia; do back torch_zip $target 44; done
    "$boltz" import file.rbms --update 2 --out repo/none 2>err && fail "update 2 of one"
    grep -q 'no update 2; it holds 1, from 1 to 1' err || fail "--update 2: $(cat err)"
else
    grep -q 'without libhdf5' err || fail "export --to rbms: $(cat err)"
fi
refused "$boltz" export repo/torch_zip --to adabmdca --out none -- "adabmDCA has machines of one visible softmax layer"
refused "$boltz" export repo/adabmdca --to ccmpred --out none -- "CCMpred has the 20 amino acids and the gap"
refused "$boltz" export repo/torch_zip --to dwave --out none -- "D-Wave's machine has spins only"
refused "$boltz" export repo/torch_zip --to qarbom --out none -- "expected one of sklearn|rbms"
[ ! -e none ] || fail "a refused export left a file behind"

# Couplings listed in both directions mean different things to different readers.
printf 'J 0 1 0.5\nJ 1 0 0.5\nh 0 1\nh 1 1\n' >both.dat
refused "$boltz" import both.dat --out repo/both -- "as i j and as j i"
# Indices counted from 1 would leave a site 0 or a state 0 that nothing refers to.
printf 'J 1 2 0.5\nh 1 1\nh 2 1\n' >from_one.dat
refused "$boltz" import from_one.dat --out repo/one -- "no line of site 0"
printf 'J 0 1 1 1 0.5\nh 0 1 1\nh 0 2 1\nh 1 1 1\nh 1 2 0\n' >states_from_one.dat
refused "$boltz" import states_from_one.dat --out repo/one -- "no line of state 0"
printf '# Created by Octave 7.3.0\n# name: W\n# type: scalar\n1\n' >octave.txt
refused "$boltz" import octave.txt --out repo/octave -- 'save("-v7", "model.mat"'
printf 'BZh91AY&SY0123456789' >model.bz2
refused "$boltz" import model.bz2 --out repo/bz2 -- "bunzip2 FILE first"
printf '0 0 1.000000\n0 1 2.000000\n' >list.coo
refused "$boltz" import list.coo --from dimod --out repo/list -- "-1 and 1 or 0 and 1"
refused "$boltz" import list.coo --from qarbom --out repo/list -- "expected one of rbms, julia, sklearn"
refused "$boltz" import "$corpus/adabmdca" "$corpus/ising" --out repo/pair -- "a second file is for"
refused "$boltz" import "$corpus/far_site" --out repo/far -- "names site 810 in a file of 1 lines"
python3 - "$corpus/torch_zip" <<'PY' # change the first member's size in the archive's directory; flip a bit of that member
import sys
whole = open(sys.argv[1], "rb").read()
large, damaged = bytearray(whole), bytearray(whole)
at = whole.find(b"PK\1\2") + 24
large[at : at + 4] = b"\0\0\0\x65"
damaged[whole.find(b"m/data.pkl") + 200] ^= 1
open("large.pt", "wb").write(large)
open("damaged.pt", "wb").write(damaged)
PY
refused "$boltz" import large.pt --out repo/large -- "more than the archive can hold"
refused "$boltz" import damaged.pt --out repo/damaged -- "is damaged"
printf 'a,b\n1,2\n' >table.csv
refused "$boltz" import table.csv --out repo/table -- "of no known program"
[ ! -e repo/table ] || fail "a refused import left something behind"

# One array per dump, as saved in Theano's tutorial: [W, hbias, vbias]; and a dict that numpy.save pickles.
if python3 -c 'import numpy' 2>/dev/null; then
    python3 - <<'P'
import numpy, pickle
lists = []
for _ in range(60):
    lists = [lists, lists]
with open("lists.pkl", "wb") as f:
    pickle.dump({"W": lists}, f, protocol=2)
W, v, h = numpy.arange(6.).reshape(3, 2), numpy.arange(6., 9), numpy.arange(9., 11)
with open("dumps.pkl", "wb") as f:
    for x in (W, h, v):
        pickle.dump(x, f, protocol=2)
numpy.save("dict.npy", {"W": W, "vbias": v, "hbias": h}, allow_pickle=True)
numpy.savez("short.npz", W=W, vis_bias=v, hid_bias=h)
numpy.savez("rbm_m.npz", vishid=W, visbiases=v, hidbiases=h)
P
    refused "$boltz" import lists.pkl --out repo/lists -- "lists within lists"
    for file in dumps.pkl dict.npy short.npz; do
        "$boltz" import $file --out repo/$file >path 2>err || fail "$file: $(cat err)"
        same torch_zip $file
    done
    # The names of a deep machine's pretraining, and of any RBM that rbm.m trains.
    refused "$boltz" import rbm_m.npz --out repo/rbm_m -- "--from plain"
    "$boltz" import rbm_m.npz --from plain --out repo/rbm_m >path 2>err || fail "rbm_m.npz: $(cat err)"
    same torch_zip rbm_m
fi

# The user's own free energies.
python3 - <<'P'
import math, struct
def npy(path, shape, values):
    head = "{'descr': '<f8', 'fortran_order': False, 'shape': %s, }" % (shape,)
    head += " " * (63 - (10 + len(head)) % 64) + "\n"
    open(path, "wb").write(b"\x93NUMPY\1\0" + struct.pack("<H", len(head)) + head.encode() + struct.pack("<%dd" % len(values), *values))
W, a, b = [[0, 1], [2, 3], [4, 5]], [6, 7, 8], [9, 10]     # as in the corpus: numbers 0 to 10
states = [[0, 0, 0], [1, 0, 1], [0, 1, 0], [1, 1, 1]]
F = [-sum(x * y for x, y in zip(a, v)) - sum(math.log1p(math.exp(b[j] + sum(W[i][j] * v[i] for i in range(3)))) for j in range(2)) for v in states]
npy("states.npy", (4, 3), [x for v in states for x in v])
npy("right.npy", (4,), [f + 3 for f in F])
npy("wrong.npy", (4,), [f * 2 for f in F])
npy("gap.npy", (4,), F[:3] + [math.nan])
npy("turned.npy", (3, 4), [x for v in zip(*states) for x in v])
npy("same.npy", (4, 3), states[1] * 4)
P
"$boltz" import "$corpus/torch_zip" --check states.npy right.npy --out repo/checked >path 2>err || fail "--check: $(cat err)"
grep -q 'differ by the constant -3' err || fail "--check did not tell the constant: $(cat err)"
refused "$boltz" import "$corpus/torch_zip" --check states.npy gap.npy --out repo/wrong -- "row 4: nan, expected a free energy"
refused "$boltz" import "$corpus/torch_zip" --check turned.npy right.npy --out repo/wrong -- "12 numbers in 3 rows for the 4 energies"
refused "$boltz" import "$corpus/torch_zip" --check same.npy right.npy --out repo/wrong -- "are all the same"
refused "$boltz" import "$corpus/torch_zip" --check states.npy wrong.npy --out repo/wrong -- "more than one constant"
[ ! -e repo/wrong ] || fail "an import whose check failed was written"

# With a square W the shapes do not tell which bias is which.
python3 - <<'P'
import json, struct
head = json.dumps({"W": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}, "vbias": {"dtype": "F32", "shape": [2], "data_offsets": [16, 24]},
                   "hbias": {"dtype": "F32", "shape": [2], "data_offsets": [24, 32]}}).encode()
open("square", "wb").write(struct.pack("<Q", len(head)) + head + struct.pack("<8f", *range(8)))
P
refused "$boltz" import square --out repo/square -- "--visible-bias NAME (and --transpose"
"$boltz" import square --visible-bias vbias --transpose --out repo/square >path 2>err || fail "square: $(cat err)"

cases=${BOLTZ_DATA:-/nonexistent}/../cases/models
if [ -d "$cases" ]; then
    python3 "$SOURCE_DIR/tests/support/model_files.py" "$boltz" "$cases"
    [ ! -x "$BIN_DIR/boltzd" ] || python3 "$SOURCE_DIR/tests/support/served_models.py" "$boltz" "$BIN_DIR/boltzd" "$cases"
else
    echo "skipped: no folder cases/models beside BOLTZ_DATA"
fi

# Arrays whose names do not tell which bias is which, and scikit-learn's Pipelines: asked about, reported, or refused with the reason named
if python3 -c 'import numpy' 2>/dev/null; then
    python3 - <<'PY'
import numpy as np
r = np.random.default_rng(1)
np.savez("square.npz", W=r.normal(size=(4, 4)), a=r.normal(size=4), b=r.normal(size=4))
np.savez("oblong.npz", W=r.normal(size=(5, 3)), b=r.normal(size=5), c=r.normal(size=3))
PY
    python3 - <<'PY'
import numpy as np, pickle
r = np.random.default_rng(1)
one = dict(W=r.normal(size=(5, 3)), vbias=r.normal(size=5), hbias=r.normal(size=3))
np.savez("more.npz", **one, W_velocity=one["W"], losses=np.arange(7.), lr=0.1)
np.savez("lateral_zero.npz", **one, L=np.zeros((5, 5)))
np.savez("lateral.npz", **one, L=np.ones((5, 5)))
np.savez("two.npz", **one, **{"rbm2.W": one["W"], "rbm2.vbias": one["vbias"], "rbm2.hbias": one["hbias"]})
np.save("bits.npy", r.integers(0, 2, (6, 4)).astype(float))
open("model.jls", "wb").write(b"7JL\x0f\x04\0\0\0")
open("model.index", "wb").write(bytes(60) + b"\x57\xfb\x80\x8b\x24\x75\x47\xdb")
open("gaussian.pkl", "wb").write(b"cpylearn2.models.rbm\nGaussianBinaryRBM\n)\x81}b.")
PY
    "$boltz" import more.npz --out repo/more >/dev/null 2>err && grep -q "left out: 'W_velocity', 'losses', 'lr'" err || fail "more: $(cat err)"
    "$boltz" import lateral_zero.npz --out repo/zero >/dev/null 2>err && grep -q "left out: 'L'" err || fail "zero: $(cat err)"
    refused "$boltz" import lateral.npz --out repo/never -- "it holds 'L', of another layer or machine"
    refused "$boltz" import two.npz --out repo/never -- "it holds 'rbm2.W'"
    refused "$boltz" import bits.npy --out repo/never -- "data rather than a machine's weights"
    refused "$boltz" import more.npz --from echen --out repo/never -- "looks like weights and biases by their names (--from plain)"
    refused "$boltz" import more.npz --from dimod --out repo/never -- "--from dimod: the file (.npz) is not one of that program's"
    refused "$boltz" import model.jls --out repo/never -- "Julia's Serialization"
    refused "$boltz" import model.index --out repo/never -- "get_tf_params"
    refused "$boltz" import gaussian.pkl --out repo/never -- "pylearn2's GaussianBinaryRBM"
    refused "$boltz" import square.npz --out repo/never -- "--visible-bias a or --visible-bias b (and --transpose"
    refused "$boltz" import oblong.npz --out repo/never -- "--visible-bias b or --visible-bias c"
    "$boltz" import oblong.npz --visible-bias c --out repo/oblong >/dev/null 2>err || fail "oblong: $(cat err)"
    grep -q "visible visible, 3 bernoulli units; hidden hidden, 5" err || fail "oblong: $(cat err)"
fi
# Shapes, not just counts: arrays of the other orientation hold as many numbers. What an option asks for is done, or refused.
if python3 -c 'import numpy' 2>/dev/null; then
    python3 - "$corpus/torch_zip" <<'PY'
import numpy as np, pickle, sys, types
r = np.random.default_rng(2)
W, v, h = r.normal(size=(5, 3)).astype("f4"), r.normal(size=5).astype("f4"), r.normal(size=3).astype("f4")
x = r.integers(0, 2, (9, 5)).astype("f4")
np.save("x.npy", x)
np.save("f.npy", -x @ v - np.logaddexp(0, x @ W + h).sum(1))
np.savez("turned.npz", w=W.T, bv=v, bh=h)
np.savez("turned_square.npz", w=W[:3], bv=v[:3], bh=h)
np.savez("deviations.npz", w=W, bv=v, bh=h, sigma=abs(v))
np.savez("sklearn.npz", components_=W.T, intercept_visible_=v, intercept_hidden_=h)
np.savez("several.npz", W=W, v=v, h=h, h_velocity=h)
np.savez("plain.npz", W=W, vbias=v, hbias=h)

class Box:
    pass
box = Box()
box.__dict__.update(w=W.T, bv=v[None], bh=h[None])
def module(name, **members):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__dict__.update(members)
    for x in members.values():
        x.__module__ = name
module("pydeep", BinaryBinaryRBM=Box)
Box.__name__ = Box.__qualname__ = "BinaryBinaryRBM"
pickle.dump(box, open("pydeep.pkl", "wb"))

# torch.save before 1.6, by protocol: a magic number, the version, the system, the object, keys of storages, their bytes
class FloatStorage:
    pass
def _rebuild_tensor_v2(*a):
    pass
module("torch", FloatStorage=FloatStorage)
module("torch._utils", _rebuild_tensor_v2=_rebuild_tensor_v2)
class Key(str):
    pass
class Tensor:
    def __init__(self, a, key):
        self.a, self.key = a, Key(key)
    def __reduce__(self):
        return _rebuild_tensor_v2, (self.key, 0, self.a.shape, tuple(s // 4 for s in self.a.strides), False, {})
def save(path, arrays, protocol):
    with open(path, "wb") as f:
        for x in 0x1950a86a20f9469cfc6c, 1001, {"little_endian": True}:
            pickle.dump(x, f, protocol=protocol)
        p = pickle.Pickler(f, protocol=protocol)
        p.persistent_id = lambda x: ("storage", FloatStorage, str(x), "cpu", arrays[x].size, None) if isinstance(x, Key) else None
        p.dump({name: Tensor(a, name) for name, a in arrays.items()})
        pickle.dump(list(arrays), f, protocol=protocol)
        for a in arrays.values():
            f.write(a.size.to_bytes(8, "little") + a.tobytes())
import zipfile
for order in "little", "big":
    with zipfile.ZipFile(f"{order}.pt", "w") as z, zipfile.ZipFile(sys.argv[1]) as from_:
        for m in from_.namelist():
            z.writestr(m, from_.read(m))
        z.writestr(m.split("/")[0] + "/byteorder", order)
for protocol in 2, 3, 4, 5:
    save(f"protocol{protocol}.pt", {"rbm.W": W, "rbm.v_b": v, "rbm.h_b": h}, protocol)
# D-Wave's machine as part of a larger model: spins, the energy unscaled
i, j = np.triu_indices(5, 1)
save("dwave.pt", {"prior._linear": v, "prior._quadratic": W.ravel()[:10], "prior._edge_idx_i": i.astype("f4"), "prior._edge_idx_j": j.astype("f4"),
                  "decoder.weight": W}, 2)
s = 2 * x - 1
np.save("s.npy", s)
np.save("e.npy", s @ v + (s[:, i] * s[:, j]) @ W.ravel()[:10])
PY
    "$boltz" import dwave.pt --check s.npy e.npy --out repo/dwave >path 2>err || fail "dwave: $(cat err)"
    for file in turned.npz protocol2.pt protocol3.pt protocol4.pt protocol5.pt; do
        "$boltz" import $file --check x.npy f.npy --out repo/$file >path 2>err || fail "$file: $(cat err)"
    done
    "$boltz" import little.pt --out repo/little >path 2>err || fail "little.pt: $(cat err)"
    same little torch_zip
    refused "$boltz" import big.pt --out repo/never -- "on a big-endian machine"
    refused "$boltz" import turned_square.npz --out repo/never -- "its lengths do not tell"
    refused "$boltz" import deviations.npz --out repo/never -- "gaussian units are written in five ways"
    refused "$boltz" import pydeep.pkl --out repo/never -- "is 3 x 5, expected 5 x 3 ([visible, hidden])"
    refused "$boltz" import several.npz --visible-bias v --out repo/never -- "'h' and 'h_velocity' have 3 numbers each"
    refused "$boltz" import plain.npz --visible-bias b --out repo/never -- "holds no array of that name, but W, vbias, hbias"
    refused "$boltz" import plain.npz --transpose --out repo/never -- "it is [visible, hidden]"
    refused "$boltz" import plain.npz --update 1 --out repo/never -- "--update is not for a file of this program"
    refused "$boltz" import plain.npz --alphabet AB --out repo/never -- "--alphabet is not for a file of this program"
    refused "$boltz" import sklearn.npz --visible-bias intercept_visible_ --out repo/never -- "--visible-bias is not for"
    refused "$boltz" import sklearn.npz --transpose --out repo/never -- "--transpose is not for"
    refused "$boltz" import "$corpus/plmc" --alphabet ABC --out repo/never -- "--alphabet is not for"
fi

if python3 -c 'import sklearn, joblib' 2>/dev/null; then
    python3 - <<'PY'
import joblib, numpy as np, warnings
warnings.filterwarnings("ignore")
from sklearn.decomposition import PCA
from sklearn.neural_network import BernoulliRBM
from sklearn.pipeline import make_pipeline
from sklearn.compose import make_column_transformer
from sklearn.preprocessing import KBinsDiscretizer, MinMaxScaler, QuantileTransformer, StandardScaler
x = np.random.default_rng(0).random((40, 4)) * 10
x[0], x[1] = 0, 10
rbm = lambda: BernoulliRBM(n_components=3, n_iter=2, random_state=0)
fitted = {"minmax": make_pipeline(MinMaxScaler(), rbm()), "pca": make_pipeline(PCA(2), MinMaxScaler(), rbm()),
          "standard": make_pipeline(StandardScaler(), rbm()), "range": make_pipeline(MinMaxScaler((-1, 1)), rbm()),
          "skipped": make_pipeline(StandardScaler(), "passthrough", rbm()), "outer": make_pipeline(StandardScaler(), make_pipeline(rbm())),
          "columns": make_pipeline(make_column_transformer((MinMaxScaler(), [0, 1]), (StandardScaler(), [2, 3])), rbm()),
          "uniform": make_pipeline(QuantileTransformer(n_quantiles=9), rbm()),
          "normal": make_pipeline(QuantileTransformer(n_quantiles=9, output_distribution="normal"), rbm()),
          "ordinal": make_pipeline(KBinsDiscretizer(3, encode="ordinal"), rbm())}
for name, p in fitted.items():
    joblib.dump(p.fit(x), name + ".joblib")
joblib.dump({"model": fitted["minmax"]}, "nested.joblib")
joblib.dump([rbm().fit(x / 10), rbm().fit(x / 10)], "list.joblib")
states = fitted["minmax"][0].transform(x[:6])
np.save("states.npy", states)
np.save("energies.npy", fitted["minmax"][1]._free_energy(states))
PY
    for name in minmax nested; do
        "$boltz" import $name.joblib --check states.npy energies.npy --out repo/$name >/dev/null 2>err || fail "$name: $(cat err)"
        grep -q "a Pipeline of MinMaxScaler, BernoulliRBM (taken)" err && grep -q "MinMaxScaler (x \* 0.1 + 0)" err || fail "$name: $(cat err)"
    done
    "$boltz" import pca.joblib --out repo/pca >/dev/null 2>err || fail "pca: $(cat err)"
    "$boltz" import list.joblib --out repo/list >/dev/null 2>err && grep -q "holds 2 such machines" err || fail "list: $(cat err)"
    refused "$boltz" import range.joblib --out repo/never -- "gives the machine values from -1 to 1"
    for name in standard skipped outer columns; do
        refused "$boltz" import $name.joblib --out repo/never -- "a Pipeline whose StandardScaler gives the machine real numbers"
    done
    "$boltz" import uniform.joblib --out repo/uniform >/dev/null 2>err || fail "uniform: $(cat err)"
    refused "$boltz" import normal.joblib --out repo/never -- "a Pipeline whose QuantileTransformer gives the machine real numbers"
    refused "$boltz" import ordinal.joblib --out repo/never -- "a Pipeline whose KBinsDiscretizer gives the machine real numbers"
fi
# A file of rbms without model_type is taken to have units 0 and 1, unless its chains say otherwise
if [ -f file.rbms ] && python3 -c 'import h5py' 2>/dev/null; then
    python3 - <<'PY'
import h5py, shutil
for name, chains in (("spins", [[1., -1., 1.]]), ("bits", [[1., 0., 1.]])):
    shutil.copy("file.rbms", name + ".h5")
    with h5py.File(name + ".h5", "a") as f:
        del f["model_type"]
        if "parallel_chains" in f:
            del f["parallel_chains"]
        f["parallel_chains"] = chains
shutil.copy("file.rbms", "turned.h5")
with h5py.File("turned.h5", "a") as f:
    group = f["update_1/params"]
    w = group["weight_matrix"][...].T
    del group["weight_matrix"]
    group["weight_matrix"] = w
PY
    refused "$boltz" import spins.h5 --out repo/never -- "its parallel_chains hold -1"
    refused "$boltz" import turned.h5 --out repo/never -- "expected 3 x 2 ([visible, hidden])"
    "$boltz" import bits.h5 --out repo/bits >/dev/null 2>err && grep -q "taken for BBRBM" err || fail "bits: $(cat err)"
fi
# Repeated lines, with the same or another number, and a wrong num_variables
lines='J 0 1 A C 0.5\nh 0 A 0.1\nh 0 C 0.2\nh 1 A 0.3\nh 1 C 0.4\n'
printf "$lines"'J 0 1 A C 0.5\n' >twice.dat
"$boltz" import twice.dat --out repo/twice >/dev/null 2>err || fail "twice: $(cat err)"
printf "$lines"'J 0 1 A C 0.7\n' >twice.dat
refused "$boltz" import twice.dat --out repo/never -- "an earlier line of the same sites and states has 0.5"
printf 'J 0 1 1\nh 0 1\nh 1 1\nh 0 2\n' >twice.dat
refused "$boltz" import twice.dat --out repo/never -- "an earlier line of the same sites and states has 1"
printf 'V[0] 1 2\nV[1] 3 4\nW[0][1] 1 2 3 4\nW[1][0] 1 3 2 4\n' >twice.mrf
"$boltz" import twice.mrf --out repo/twice >/dev/null 2>err || fail "twice: $(cat err)"
printf 'V[0] 1 2\nV[1] 3 4\nW[0][1] 1 2 3 4\nW[1][0] 1 2 3 4\n' >twice.mrf
refused "$boltz" import twice.mrf --out repo/never -- "an earlier line of the same sites and states has 3"
printf 'V[0] 1 2\nV[1] 3 4\nV[0] 1 2\nW[0][1] 1 2 3 4\n' >twice.mrf
refused "$boltz" import twice.mrf --out repo/never -- "line 3: column 0 has a line before"
sed 's/"num_variables": *[0-9]*/"num_variables": 99/' "$corpus/bqm" >more.bqm
grep -q '"num_variables"' more.bqm || sed 's/{/{"num_variables": 99, /' "$corpus/bqm" >more.bqm
refused "$boltz" import more.bqm --out repo/never -- "num_variables 99"
# --from names a program: given another program's file, each reader says what is missing, and none crashes
for program in rbms julia hinton salakhutdinov deepnet; do
    for file in dict_protocol2 torch_zip safetensors adabmdca plmc echen; do
        refused "$boltz" import "$corpus/$file" --from $program --out repo/never -- "--from $program: the file"
    done
done
for program in sklearn pgm pydeep dwave qucumber liao learnergy deeplearntoolbox h10 dimod adabmdca ccmpred gremlin; do
    for file in dict_protocol2 echen; do
        refused "$boltz" import "$corpus/$file" --from $program --out repo/never -- "$file"
    done
done
[ ! -e repo/never ] || fail "a refused import left a version behind"
