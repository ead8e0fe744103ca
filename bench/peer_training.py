#!/usr/bin/env python3
"""The default RBM training beside scikit-learn's BernoulliRBM at equal CPU time, both judged by the exact log Z: nltcs and two noisy patterns.

scikit-learn gets the CPU seconds of `boltz train` three times, for learning rates of 0.1, 0.03 and 0.01 (batches of 100; its chains are
persistent), and the rate that is best on a tenth of the training rows held out; boltz gets its default options once.

usage: scripts/bench peers DATA       DATA: a folder with debd/nltcs.train.data.gz and .test; without it only the patterns"""
import gzip, json, os, pathlib, resource, subprocess, sys, tempfile, time
import numpy as np
from sklearn.neural_network import BernoulliRBM

HIDDEN, SEED = 16, 1
boltz, data = sys.argv[1], pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None
folder = pathlib.Path(tempfile.mkdtemp())


def softplus(x):
    return np.logaddexp(0, x)


def log_sum_exp(x):
    return x.max() + np.log(np.exp(x - x.max()).sum())


def log_p(w, b, c, rows):
    """Mean log p of rows[n][v] for w[v][h]: the sum over all hidden states in blocks of 1024."""
    states = (np.arange(1 << HIDDEN)[:, None] >> np.arange(HIDDEN) & 1).astype(float)
    z = log_sum_exp(np.concatenate([s @ c + softplus(b + s @ w.T).sum(1) for s in np.split(states, 64)]))
    return (rows @ b + softplus(c + rows @ w).sum(1)).mean() - z


def scikit_learn(train, seconds, rate):
    rbm = BernoulliRBM(HIDDEN, learning_rate=rate, batch_size=100, random_state=SEED)
    order, epochs, start = np.random.default_rng(SEED), 0, time.process_time()
    while time.process_time() - start < seconds:
        rows = train[order.permutation(len(train))]
        for i in range(0, len(rows), 100):
            rbm.partial_fit(rows[i:i + 100])
        epochs += 1
    return (rbm.components_.T.astype(float), rbm.intercept_visible_, rbm.intercept_hidden_), epochs


def trained(train, test):
    """log p of the test rows and CPU seconds of boltz with its defaults."""
    np.savetxt(folder / "train.csv", train, "%d", ",")
    np.savetxt(folder / "test.csv", test, "%d", ",")
    out = str(folder / ("m%d" % len(list(folder.iterdir()))))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([boltz, "train", "rbm", "--data", str(folder / "train.csv"), "--visible-unit", "bernoulli", "--hidden", str(HIDDEN), "--seed",
                    str(SEED), "--threads", "1", "--out", out], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    said = subprocess.run([boltz, "evaluate", out, "--data", str(folder / "test.csv"), "--exact", "--json"], check=True, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL)
    return json.loads(said.stdout)["log_prob_mean"], after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def sets():
    if data:
        yield ("nltcs", *(np.loadtxt(gzip.open(data / "debd" / f"nltcs.{part}.data.gz"), delimiter=",") for part in ("train", "test")), None)
    subprocess.run([sys.executable, str(pathlib.Path(__file__).with_name("hard_sets.py")), str(folder / "sets")], check=True,
                   stdout=subprocess.DEVNULL)
    yield ("two patterns", *(np.loadtxt(folder / "sets" / f"two.{part}.csv", delimiter=",") for part in ("train", "test")), -10.48)


print("%d hidden units, seed %d, test log p\n\n| set | boltz, default options | scikit-learn, same CPU time | CPU s | truth |\n|---|---|---|---|---|"
      % (HIDDEN, SEED))
for name, train, test, truth in sets():
    own, seconds = trained(train, test)
    held = len(train) // 10
    tried = []
    for rate in (0.1, 0.03, 0.01):
        (w, b, c), epochs = scikit_learn(train[held:], seconds, rate)
        tried.append((log_p(w, b, c, train[:held]), log_p(w, b, c, test), rate, epochs))
    _, other, rate, epochs = max(tried)
    print("| %s | %.2f | %.2f (rate %g, %d epochs) | %.1f | %s |" % (name, own, other, rate, epochs, seconds, "" if truth is None else truth),
          flush=True)
