"""The same work by scikit-learn and PyTorch, for bench/side_by_side.py: microseconds by measure. One thread and its CPU time; learning on
two threads by the clock."""
import time

import numpy as np
from sklearn.neural_network import BernoulliRBM

try:
    import torch
except ImportError:
    torch = None

V, H, H2, CHAINS, BATCH = 784, 500, 1000, 100, 100


def spent(work, times, each, clock=time.thread_time):
    work()
    start = clock()
    for _ in range(times):
        work()
    return 1e6 * (clock() - start) / (times * each)


def random_arrays():
    random = np.random.default_rng(1)
    return {"w": (random.random((V, H), dtype=np.float32) - np.float32(0.5)) * np.float32(0.02),
            "b": np.full(V, np.log(0.13 / 0.87), np.float32), "c": np.full(H, np.log(0.27 / 0.73), np.float32),
            "bits": (random.random((1024, V)) < 0.13).astype(np.float32), "grey": random.random((1024, V), dtype=np.float32)}


def scikit_learn(a):
    rbm = BernoulliRBM(H, random_state=1)
    rbm.components_, rbm.intercept_visible_, rbm.intercept_hidden_ = a["w"].T.copy(), a["b"], a["c"]
    rbm.random_state_, rbm._n_features_out = np.random.RandomState(1), H
    state = [a["bits"][:CHAINS]]

    def sweep():
        state[0] = rbm.gibbs(state[0]).astype(np.float32)
    found = {"gibbs": spent(sweep, 10, CHAINS)}
    for rows in (64, 1024):
        found[f"grey{rows}"] = spent(lambda: rbm.transform(a["grey"][:rows]), 1 + 1000 // rows, rows)
    return found


def pytorch(a):
    if not torch:
        return {}
    with torch.no_grad():
        torch.set_num_threads(1)
        found = {**chains(a), **rows(a)}
        found["ais"] = annealing(a, time.thread_time)
        found["pcd1"] = learning(a, time.thread_time)
        found["dbm-step"] = deep_learning(a)
        torch.set_num_threads(2)
        found["pcd2"] = min(learning(a, time.monotonic), found["pcd1"])  # its best thread count
        found["ais2"] = min(annealing(a, time.monotonic), found["ais"])
        torch.set_num_threads(1)
    return found


def tensors(a):
    return (torch.from_numpy(a[name].copy()) for name in ("w", "b", "c"))


def draw(field):
    return torch.bernoulli(torch.sigmoid(field))


def chains(a):
    w, b, c = tensors(a)
    w2, c2 = torch.randn(H, H2) * 0.01, torch.full((H2,), -1.0)
    found = {}
    for measure, n in (("gibbs", CHAINS), ("one-chain", 1)):
        state = [torch.from_numpy(a["bits"][:n].copy())]

        def sweep():
            state[0] = draw(torch.addmm(b, draw(torch.addmm(c, state[0], w)), w.t()))
        found[measure] = spent(sweep, 10 if n > 1 else 200, n)
    deep = [torch.from_numpy(a["bits"][:CHAINS].copy()), torch.zeros(CHAINS, H2)]

    def deep_sweep():
        h = draw(torch.addmm(c, deep[0], w) + deep[1] @ w2.t())
        deep[:] = [draw(torch.addmm(b, h, w.t())), draw(torch.addmm(c2, h, w2))]
    found["dbm"] = spent(deep_sweep, 5, CHAINS)
    return found


def rows(a):
    w, _, c = tensors(a)
    found = {}
    for measure, kind, n in (("grey64", "grey", 64), ("grey1024", "grey", 1024), ("bits64", "bits", 64), ("bits1", "bits", 1)):
        x = torch.from_numpy(a[kind][:n].copy())
        found[measure] = spent(lambda: torch.sigmoid(torch.addmm(c, x, w)), 1 + 1000 // n, n)
    return found


def annealing(a, clock, betas=100):
    w, b, c = tensors(a)
    state, weight = [torch.from_numpy(a["bits"][:CHAINS].copy())], torch.zeros(CHAINS)
    soft = torch.nn.functional.softplus

    def run():
        for k in range(1, betas + 1):
            beta, before = k / betas, (k - 1) / betas
            x = torch.addmm(c, state[0], w)
            weight.add_(soft(beta * x).sum(1) - soft(before * x).sum(1))
            state[0] = draw(beta * torch.addmm(b, draw(beta * x), w.t()) + (1 - beta) * b)
    return spent(run, 1, CHAINS * betas, clock)


def learning(a, clock):
    """PCD-1: a batch of 100 rows, as many chains."""
    w, b, c = tensors(a)
    data, state = torch.from_numpy(a["bits"][:BATCH].copy()), [torch.from_numpy(a["bits"][BATCH:2 * BATCH].copy())]

    def update():
        given = torch.sigmoid(torch.addmm(c, data, w))
        v = draw(torch.addmm(b, draw(torch.addmm(c, state[0], w)), w.t()))
        free = torch.sigmoid(torch.addmm(c, v, w))
        state[0] = v
        w.add_(data.t() @ given - v.t() @ free, alpha=1e-5)
        b.add_((data - v).sum(0), alpha=1e-5)
        c.add_((given - free).sum(0), alpha=1e-5)
    return spent(update, 20, BATCH, clock)


def deep_learning(a, fields=10):
    """The joint step of a machine of two hidden layers: as many sweeps of mean field, one of the chains."""
    w, b, c = tensors(a)
    w2, c2 = torch.randn(H, H2) * 0.01, torch.full((H2,), -1.0)
    data = torch.from_numpy(a["bits"][:BATCH].copy())
    state = [torch.from_numpy(a["bits"][BATCH:2 * BATCH].copy()), torch.zeros(BATCH, H2)]

    def update():
        below, top = torch.addmm(c, data, w), torch.full((BATCH, H2), 0.5)
        for _ in range(fields):
            given = torch.sigmoid(below + top @ w2.t())
            top = torch.sigmoid(torch.addmm(c2, given, w2))
        h = draw(torch.addmm(c, state[0], w) + state[1] @ w2.t())
        state[:] = [draw(torch.addmm(b, h, w.t())), draw(torch.addmm(c2, h, w2))]
        w.add_(data.t() @ given - state[0].t() @ h, alpha=1e-5)
        w2.add_(given.t() @ top - h.t() @ state[1], alpha=1e-5)
        b.add_((data - state[0]).sum(0), alpha=1e-5)
        c.add_((given - h).sum(0), alpha=1e-5)
        c2.add_((top - state[1]).sum(0), alpha=1e-5)
    return spent(update, 5, BATCH)
