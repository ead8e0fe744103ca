#!/usr/bin/env python3
"""Sets on which learning by plain chains goes wrong or learns by heart, with fixed seeds: FOLDER/NAME.train.csv (half-inverted:
.npy) and .test of each, and what independent columns and, where it is known, the truth reach on the test rows.

usage: hard_sets.py FOLDER [MNIST IDX FOLDER]"""
import gzip, pathlib, sys
import numpy as np

out = pathlib.Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)


def bits_log_p(train, test):
    q = (train.sum(0) + 0.5) / (len(train) + 1)
    return (test * np.log(q) + (1 - test) * np.log(1 - q)).sum(1).mean()


def save(name, train, test, truth=None, form="%d"):
    for part, x in (("train", train), ("test", test)):
        np.savetxt(out / f"{name}.{part}.csv", x, fmt=form, delimiter=",")
    if form == "%d":
        print(name, "independent columns %.2f" % bits_log_p(train, test), "" if truth is None else "truth %.2f" % truth)


def patterns(name, r, bits, share, noise=0.02, rows=1000):
    p = r.integers(0, 2, (len(share), bits))
    draw = lambda n: np.where(r.random((n, bits)) < noise, 1 - p[w := r.choice(len(share), n, p=share)], p[w])
    train, test = draw(rows), draw(2000)
    d = np.array([[(t != q).sum() for q in p] for t in test])
    truth = np.logaddexp.reduce(np.log(share) + d * np.log(noise) + (bits - d) * np.log(1 - noise), axis=1).mean()
    save(name, train, test, truth)


r = np.random.default_rng(0)
patterns("two", r, 100, [0.5, 0.5])
patterns("three", r, 120, [1 / 3] * 3)
patterns("uneven", r, 100, [0.95, 0.05])
patterns("five", r, 80, [0.2] * 5)
for name, gap in (("clusters", 15), ("clusters30", 30)):
    centre = np.array([[0, 0], [gap, 0], [0, gap]])
    draw = lambda n: centre[r.integers(0, 3, n)] + r.normal(size=(n, 2))
    train, test = draw(1000), draw(2000)
    save(name, train, test, form="%.5f")
    s = train.std(0)
    print(name, "one diagonal gaussian %.2f" % (-0.5 * ((test - train.mean(0)) / s) ** 2 - np.log(s) - 0.5 * np.log(2 * np.pi)).sum(1).mean(),
          "truth %.2f" % (-np.log(3) - 1 - np.log(2 * np.pi)))

# Like nips: 400 documents of 500 words, 50 topics, frequencies falling off.
topics = np.minimum(0.9, 0.12 / np.arange(1, 501) ** 0.25 * r.gamma(0.35, 2.5, (50, 500)))
def documents(n):
    k = r.integers(0, 50, (n, 3))
    return (r.random((n, 500)) < 1 - np.prod(1 - topics[k] * 0.8, axis=1)).astype(int)
save("nips-like", documents(400), documents(1240))

# Like dna: 60 letters out of 4, as 3 bits each (one of the letters is 000); three classes, each with a profile and correlated neighbours.
profile = r.dirichlet([0.5] * 4, (3, 60))
follow = r.dirichlet([0.6] * 4, (60, 4))
def sequences(n):
    x = np.zeros((n, 60), int)
    for i, c in enumerate(r.choice(3, n, p=[0.25, 0.25, 0.5])):
        for j in range(60):
            p = profile[c, j] if 20 <= j < 40 or r.random() < 0.4 else (follow[j, x[i, j - 1]] if j else profile[c, j])
            x[i, j] = r.choice(4, p=p)
    return np.eye(4, 3, dtype=int)[x].reshape(n, 180)
save("dna-like", sequences(1600), sequences(1186))

if len(sys.argv) > 2:
    with gzip.open(pathlib.Path(sys.argv[2]) / "train-images-idx3-ubyte.gz") as f:
        x = np.frombuffer(f.read(), np.uint8, offset=16).reshape(-1, 784)[:7000]
    x = (r.random(x.shape) * 255 < x).astype(np.uint8)
    x[1::2] = 1 - x[1::2]
    np.save(out / "inverted.train.npy", x[:5000])
    np.save(out / "inverted.test.npy", x[5000:])
    print("inverted", "independent columns %.2f" % bits_log_p(x[:5000].astype(float), x[5000:].astype(float)))
