#!/usr/bin/env python3
"""Search from one modality to the other, by `boltz index` and by nearest neighbours. Needs numpy and scikit-learn.

    bench/between.py BOLTZ DATA FOLDER [SET,... [SEED,...]]

Makes sets of pairs in FOLDER from those in DATA: x (pictures, words of texts) and t (tags), in which classes are told by tags that are
rare, shared, noisy or few; Corel5k is as it is. Then `boltz train rbm`, `boltz index`, and MAP over all test rows as queries: t>x and x>t
search the other test rows by the other modality alone, t>b and x>b the rows of training, which have both. Relevant is the same class, in
Corel5k tags of a Jaccard index of 1/2 or more.

Nearest neighbours, the best of three for each column, k chosen on the last tenth of the rows of training: tags of the k nearest pictures
against tags; pictures of the k nearest rows by tags against pictures; the tags of neighbours on both sides. Rows that have both are also
compared directly. Tags and words by idf-weighted cosine, grey pictures by cosine."""
import glob
import gzip
import json
import os
import struct
import subprocess
import sys

import numpy as np

KS = (5, 10, 20, 50, 100, 200)
TRAIN = {"digits": ["--updates", "4000"], "alpha": ["--updates", "4000"], "corel": ["--updates", "3000", "--hidden", "250"],
         "pairs": ["--updates", "3000", "--hidden", "250"], "caltech": ["--updates", "3000", "--hidden", "250"],
         "news": ["--updates", "3000", "--hidden", "250"]}


def idx(path):
    data = gzip.open(path).read()
    shape = struct.unpack(">" + "I" * data[3], data[4:4 + 4 * data[3]])
    return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(shape)


def split(x, t, y, n, rng, most=10**9):
    order = rng.permutation(len(x))
    a, b = order[:n], order[n:n + most]
    return (x[a], t[a], y[a]), (x[b], t[b], y[b])


def corel(data):
    part = lambda p: (idx(f"{data}/corel5k/{p}-visual-idx2-ubyte.gz"), idx(f"{data}/corel5k/{p}-tags-idx2-ubyte.gz"), None)
    return part("train"), part("test")


def pairs(data):
    """MNIST with captions: 5 words of each class, 10 shared by three classes each, 20 of any."""
    rng = np.random.default_rng(11)
    x, y = idx(f"{data}/mnist/train-images-idx3-ubyte.gz"), idx(f"{data}/mnist/train-labels-idx1-ubyte.gz")
    rows = rng.permutation(len(x))[:4000]
    x, y = x[rows], y[rows]
    groups = [rng.choice(10, size=3, replace=False) for _ in range(10)]
    of = [[g for g in range(10) if k in groups[g]] for k in range(10)]
    rank = lambda n: 1 / np.arange(1, n + 1) / (1 / np.arange(1, n + 1)).sum()
    t = np.zeros((len(y), 80), np.uint8)
    for i, k in enumerate(y):
        for _ in range(rng.integers(3, 9)):
            u = rng.random()
            if u < .35:
                t[i, k * 5 + rng.choice(5, p=rank(5))] = 1
            elif u < .7 and of[k]:
                t[i, 50 + rng.choice(of[k])] = 1
            else:
                t[i, 60 + rng.choice(20, p=rank(20))] = 1
    return split(x, t, y, 3000, np.random.default_rng(1))


def alpha(data):
    """1000 pictures, 36 rare tags of a class, 14 strokes, 2 of the picture itself, 20 of nothing."""
    rng = np.random.default_rng(12)
    x, y = idx(f"{data}/binary-alphadigits/images-idx3-ubyte.gz"), idx(f"{data}/binary-alphadigits/labels-idx1-ubyte.gz")
    p = np.where(rng.random((36, 14)) < .4, .8, .08)
    t = np.zeros((len(y), 72), np.uint8)
    t[np.arange(len(y)), y] = rng.random(len(y)) < .5
    t[:, 36:50] = rng.random((len(y), 14)) < p[y]
    ink = x.reshape(len(x), -1).sum(1)
    t[:, 50], t[:, 51] = ink > np.quantile(ink, .7), ink < np.quantile(ink, .3)
    t[:, 52:] = rng.random((len(y), 20)) < .05
    return split(x, t, y, 1000, np.random.default_rng(1))


def digits(_):
    """scikit-learn's digits, 20 tags that hold with fixed probabilities."""
    from sklearn.datasets import load_digits
    d, rng = load_digits(), np.random.default_rng(13)
    p = rng.choice([.03, .1, .3, .6, .85], p=[.35, .25, .15, .15, .1], size=(10, 20))
    t = (rng.random((len(d.target), 20)) < p[d.target]).astype(np.uint8)
    return split(np.round(d.images * 255 / 16).astype(np.uint8), t, d.target, 1400, np.random.default_rng(1))


def caltech(data):
    """2500 silhouettes of 101 classes: the class (60 %, 5 % another one), one of 20 themes (70 %), a wrong theme, 20 of nothing."""
    rng = np.random.default_rng(14)
    x, y = idx(f"{data}/caltech101-silhouettes/images-idx3-ubyte.gz"), idx(f"{data}/caltech101-silhouettes/labels-idx1-ubyte.gz").astype(int)
    y -= y.min()
    k = y.max() + 1
    theme, t, z = rng.integers(0, 20, k), np.zeros((len(y), k + 40), np.uint8), rng.random(len(y))
    own = np.where(z < .6, y, -1)
    own = np.where(z > .95, rng.integers(0, k, len(y)), own)
    for i in range(len(y)):
        if own[i] >= 0:
            t[i, own[i]] = 1
        if rng.random() < .7:
            t[i, k + theme[y[i]]] = 1
        if rng.random() < .1:
            t[i, k + rng.integers(20)] = 1
    t[:, k + 20:] = rng.random((len(y), 20)) < .04
    return split(x, t, y, 2500, np.random.default_rng(1), 1000)


def news(data):
    """Texts as bits of 1000 words: the group (50 %), one of 6 themes (70 %), 30 tags of nothing."""
    rng = np.random.default_rng(15)
    lines = gzip.open(f"{data}/20newsgroups/w1000-train.svm.gz", "rt").read().splitlines()
    x, y = np.zeros((len(lines), 1000), np.uint8), np.array([int(line.split()[0]) for line in lines])
    for i, line in enumerate(lines):
        for word in line.split()[1:]:
            x[i, int(word.split(":")[0]) - 1] = 1
    y -= y.min()
    theme = np.array([0, 1, 1, 1, 1, 1, 2, 3, 3, 3, 3, 4, 4, 4, 4, 0, 5, 5, 5, 0])[y]
    t = np.zeros((len(y), 56), np.uint8)
    t[np.arange(len(y)), y] = rng.random(len(y)) < .5
    t[np.arange(len(y)), 20 + theme] = rng.random(len(y)) < .7
    t[:, 26:] = rng.random((len(y), 30)) < .03
    keep = np.flatnonzero(x.sum(1) >= 8)
    return split(x[keep], t[keep], y[keep], 3000, np.random.default_rng(1), 1000)


def unit(a):
    return a / np.maximum(np.linalg.norm(a, axis=1, keepdims=True), 1e-12)


def mean_ap(score, relevant, others=False):
    out = []
    for q, (s, r) in enumerate(zip(score, relevant)):
        keep = np.arange(len(s)) != q if others else slice(None)
        s, r = s[keep], r[keep]
        if not r.any():
            continue
        order = np.argsort(-s, kind="stable")
        s, r = s[order], r[order]
        end = np.r_[np.flatnonzero(np.diff(s)), len(s) - 1]  # rows of equal scores count together
        hits = np.cumsum(r)[end]
        out.append((np.diff(np.r_[0, hits]) * hits / (end + 1)).sum() / r.sum())
    return np.mean(out)


def alike(a, b):
    if a[2] is not None:
        return a[2][:, None] == b[2][None]
    x, y = a[1].astype(float), b[1].astype(float)
    both = x @ y.T
    return both / np.maximum(x.sum(1)[:, None] + y.sum(1)[None] - both, 1) >= .5


def flat(x):
    x = x.reshape(len(x), -1).astype(float)
    return x / 255 if x.max() > 1 else x


def neighbours(a, b):
    idf = lambda v: np.log(len(v) / np.maximum(v.sum(0), 1)) if set(np.unique(v)) <= {0, 1} else 1
    xa, ta, xb, tb = flat(a[0]), a[1].astype(float), flat(b[0]), b[1].astype(float)
    ix, it, mean = idf(xa), idf(ta), xa.mean(0)

    def near(q, base, values, k):
        s = q @ base.T
        top = np.argpartition(-s, k, axis=1)[:, :k]
        return np.einsum("qk,qkj->qj", np.take_along_axis(s, top, 1), values[top])

    cut = len(xa) * 9 // 10
    held = alike((None, a[1][cut:], None if a[2] is None else a[2][cut:]), (None, a[1][cut:], None if a[2] is None else a[2][cut:]))
    X, T = lambda v: unit(v * ix), lambda v: unit(v * it)
    score = lambda k: mean_ap(T(ta[cut:]) @ T(near(X(xa[cut:]), X(xa[:cut]), ta[:cut], k)).T, held, True)
    kx = max(KS, key=score)
    score = lambda k: mean_ap(unit(near(T(ta[cut:]), T(ta[:cut]), xa[:cut], k) - mean) @ unit(xa[cut:] - mean).T, held, True)
    kt = max(KS, key=score)
    words, shown = T(near(X(xb), X(xa), ta, kx)), unit(near(T(tb), T(ta), xa, kt) - mean)
    smooth, pictures, own, base = T(near(T(tb), T(ta), ta, kx)), unit(xb - mean), T(tb), T(ta)
    ra, rb = alike(b, a), alike(b, b)
    best = lambda scores, r, others: max(mean_ap(s, r, others) for s in scores)
    return (best((own @ words.T, shown @ pictures.T, smooth @ words.T), rb, True),
            best((words @ own.T, pictures @ shown.T, words @ smooth.T), rb, True),
            best((own @ base.T, smooth @ base.T), ra, False), best((X(xb) @ X(xa).T, words @ base.T), ra, False))


def tensors(path):
    data = open(path, "rb").read()
    n = struct.unpack("<Q", data[:8])[0]
    kinds, out = {"F32": np.float32, "I64": np.int64}, {}
    for name, t in json.loads(data[8:8 + n]).items():
        if name != "__metadata__" and t["dtype"] in kinds:
            first, end = t["data_offsets"]
            out[name] = np.frombuffer(data[8 + n + first:8 + n + end], kinds[t["dtype"]]).reshape(t["shape"]).astype(float)
    return out


def machine(boltz, folder, name, seed, a, b):
    path = f"{folder}/{name}/machine-{seed}"
    data = ["--data", f"x={folder}/{name}/x.npy", "--data", f"t={folder}/{name}/t.npy", "--threads", "1"]
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    if not glob.glob(path + "/*/model.safetensors"):
        subprocess.run([boltz, "train", "rbm", *data, "--seed", seed, "--groups", "off", *TRAIN[name], "--out", path], **quiet)
    subprocess.run([boltz, "index", path, *data], **quiet)
    m, index = (tensors(glob.glob(f"{path}/*/{file}.safetensors")[0]) for file in ("model", "index"))
    sigmoid = lambda f: 1 / (1 + np.exp(-f))
    order = [n for n in "xt" if f"view.{n}.mean" in index]  # of the layers in the model

    def votes(layer, v):  # what the nearest pairs have
        alike = v * index[f"view.{layer}.weight"] @ index[f"view.{layer}.rows"].T * index[f"view.{layer}.norm"]
        near = alike >= np.sort(alike, axis=1)[:, [-min(5, alike.shape[1])]] - 1e-6
        return [near @ index[f"view.{n}.rows"] / near.sum(1, keepdims=True) for n in order]

    def look(layer, v):
        field = m["hidden.bias"] + sum(((v if n == layer else sigmoid(m[n + ".bias"])) - m.get(n + ".offset", 0)) @ m[n + "~hidden.weight"]
                                       for n in "xt")
        h = sigmoid(field)
        f = np.concatenate([h, v], 1) if index[f"view.{layer}.mean"].size > h.shape[1] else h
        f = np.concatenate([f] + votes(layer, v), 1) if "view.x.rows" in index else f
        return unit((f - index[f"view.{layer}.mean"]) @ index[f"view.{layer}.map"].T)

    x, t, base = look("x", flat(b[0])), look("t", b[1].astype(float)), unit(index["features"])
    ra, rb = alike(b, a), alike(b, b)
    return mean_ap(t @ x.T, rb, True), mean_ap(x @ t.T, rb, True), mean_ap(t @ base.T, ra), mean_ap(x @ base.T, ra)


def main():
    boltz, data, folder = sys.argv[1:4]
    makers = {"digits": digits, "alpha": alpha, "pairs": pairs, "caltech": caltech, "news": news, "corel": corel}
    names = sys.argv[4].split(",") if len(sys.argv) > 4 else list(makers)
    show = lambda *cells: print("| " + " | ".join(c if isinstance(c, str) else f"{c:.3f}" for c in cells) + " |", flush=True)
    for name in names:
        a, b = makers[name](data)
        os.makedirs(f"{folder}/{name}", exist_ok=True)
        np.save(f"{folder}/{name}/x.npy", a[0])
        np.save(f"{folder}/{name}/t.npy", a[1])
        show(name, "neighbours", *neighbours(a, b))
        for seed in sys.argv[5].split(",") if len(sys.argv) > 5 else ["1", "2", "3"]:
            show(name, "seed " + seed, *machine(boltz, folder, name, seed, a, b))


main()
