"""This program beside what would be taken instead: interleaved rounds, medians, ratios. Started by scripts/bench."""
import argparse
import os
import re
import statistics
import subprocess
import sys
import time

os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"  # before numpy is loaded
import numpy as np
from sklearn.neural_network import BernoulliRBM

try:
    import torch
    torch.set_num_threads(1)
except ImportError:
    torch = None

HERE = os.path.dirname(os.path.abspath(__file__))
PAGE = os.path.join(HERE, "..", "docs", "benchmarks.md")
BEGIN, END = "<!-- scripts/bench: begin -->\n", "<!-- scripts/bench: end -->\n"
NAMES = {"gibbs": "Gibbs, RBM 784-500, 100 chains", "features": "features of 64 grey rows"}
# (measure, peer): the ratio below which --check fails. What noise takes away on a shared machine is in it.
FLOORS = {("gibbs", "two-sgemm"): 1.4, ("gibbs", "c-openblas"): 2.0, ("gibbs", "scikit-learn"): 2.0, ("gibbs", "pytorch"): 1.7,
          ("features", "c-openblas"): 0.9, ("features", "scikit-learn"): 1.1, ("features", "pytorch"): 0.7,
          ("raw", "bare libmicrohttpd"): 0.40, ("JSON", "bare libmicrohttpd"): 0.20}
CHAINS, SWEEPS, ROWS, CALLS = 100, 20, 64, 20


def spent(work, times, each):
    """Microseconds of this thread's CPU time."""
    work()
    start = time.thread_time()
    for _ in range(times):
        work()
    return 1e6 * (time.thread_time() - start) / (times * each)


def machine(random):
    rbm = BernoulliRBM(500, random_state=1)
    rbm.components_ = (random.random((500, 784), dtype=np.float32) - 0.5) * np.float32(0.02)
    rbm.intercept_visible_ = np.full(784, np.log(0.13 / 0.87), np.float32)
    rbm.intercept_hidden_ = np.full(500, np.log(0.27 / 0.73), np.float32)
    rbm.random_state_ = np.random.RandomState(1)
    rbm._n_features_out = 500
    return rbm


def of_scikit_learn(rbm, chains, rows):
    state = [chains]

    def sweep():
        state[0] = rbm.gibbs(state[0]).astype(np.float32)
    return {"gibbs": spent(sweep, SWEEPS, CHAINS), "features": spent(lambda: rbm.transform(rows), CALLS, ROWS)}


def of_pytorch(rbm, chains, rows):
    w, b, c = (torch.from_numpy(np.ascontiguousarray(x)) for x in
               (rbm.components_.T, rbm.intercept_visible_, rbm.intercept_hidden_))
    state, grey = [torch.from_numpy(chains.copy())], torch.from_numpy(rows)

    def sweep():
        h = torch.bernoulli(torch.sigmoid(torch.addmm(c, state[0], w)))
        state[0] = torch.bernoulli(torch.sigmoid(torch.addmm(b, h, w.t())))
    with torch.no_grad():
        return {"gibbs": spent(sweep, SWEEPS, CHAINS),
                "features": spent(lambda: torch.sigmoid(torch.addmm(c, grey, w)), CALLS, ROWS)}


def kernels(bin_dir, rounds):
    """{(measure, who): [microseconds]}, everybody in turn."""
    random, found = np.random.default_rng(1), {}
    rbm = machine(random)
    chains = (random.random((CHAINS, 784)) < 0.13).astype(np.float32)
    rows = random.random((ROWS, 784), dtype=np.float32)
    for _ in range(rounds):
        text = subprocess.run([os.path.join(bin_dir, "bench_peers")], check=True, capture_output=True, text=True).stdout
        for line in text.splitlines():
            measure, who, value = line.split()
            found.setdefault((measure, who), []).append(float(value))
        for who, of in (("scikit-learn", of_scikit_learn), ("pytorch", of_pytorch if torch else None)):
            for measure, value in (of(rbm, chains, rows) if of else {}).items():
                found.setdefault((measure, who), []).append(value)
    return found


def serving(bin_dir, rounds):
    """[(measure, ratio to the bare server, that of every round)] from bench/serve.sh."""
    threads = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")  # nproc obeys them too, and the yardstick has a loop a core
    text = subprocess.run([os.path.join(HERE, "serve.sh"), bin_dir, str(rounds)], check=True, capture_output=True, text=True,
                          env={name: value for name, value in os.environ.items() if name not in threads}).stdout
    print(text, end="")
    return re.findall(r"^(raw|JSON): .*\n +([0-9.]+) of the better bare rate.*\((.*)\)", text, re.M)


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit 1 where a floor is missed; docs/benchmarks.md is left alone")
    parser.add_argument("--rounds", type=int, default=9, help="rounds of the kernels (9); of the server half as many")
    parser.add_argument("--bin", required=True, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.rounds < 1:
        parser.error(f"--rounds: expected 1 or more, found {args.rounds}")
    found, table, missed = kernels(args.bin, args.rounds), [], 0

    def add(measure, name, who, ratio, detail):
        nonlocal missed
        floor = FLOORS[measure, who]
        missed += ratio < floor
        table.append(f"| {name} | {who} | {ratio:.2f} | {floor:.2f}{' **missed**' if ratio < floor else ''} | {detail} |\n")

    for (measure, who), peer in found.items():
        if who == "boltz":
            continue
        ours = found[measure, "boltz"]
        ratio = statistics.median(p / o for p, o in zip(peer, ours))
        add(measure, NAMES[measure], who, ratio, f"{statistics.median(ours):.1f}, {statistics.median(peer):.1f} us")
    for measure, ratio, each in serving(args.bin, (args.rounds + 1) // 2):
        add(measure, f"requests of one row, {measure}", "bare libmicrohttpd", float(ratio), f"rounds: {each}")
    level = next(line for line in open("/proc/cpuinfo") if line.startswith("model name")).split(":")[1].strip()
    text = (f"{time.strftime('%Y-%m-%d')}, {level}, load {os.getloadavg()[0]:.0f}, medians of {args.rounds} rounds"
            f"{'' if torch else '; PyTorch was not installed'}.\n\n"
            "| what | beside | how many times as fast | floor | this program, the other |\n|---|---|---|---|---|\n" + "".join(table))
    print(text, end="")
    if args.check:
        return 1 if missed else 0
    page = open(PAGE, encoding="utf-8").read()
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    with open(PAGE + ".tmp", "w", encoding="utf-8") as out:
        out.write(before + BEGIN + text + END + after)
    os.replace(PAGE + ".tmp", PAGE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
