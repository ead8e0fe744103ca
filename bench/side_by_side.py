"""This program beside what would be taken instead and beside the machine's limits: interleaved rounds, medians of ratios, and plots of
cost with size. Started by scripts/bench."""
import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before numpy is loaded
import peers
import plots
import serving

HERE = os.path.dirname(os.path.abspath(__file__))
PAGE = os.path.join(HERE, "..", "docs", "benchmarks.md")
BEGIN, END = "<!-- scripts/bench: begin -->\n", "<!-- scripts/bench: end -->\n"
NOISE = 0.93  # --check allows a floor to be missed by this factor
NAMES = {"gibbs": "Gibbs, RBM 784-500, 100 chains, a sweep", "one-chain": "the same, one chain", "clamped": "the same, half clamped",
         "dbm": "DBM 784-500-1000, 100 chains, a sweep", "gaussian": "gaussian RBM 784-500, a sweep",
         "lateral": "784-500, both coupled to themselves, a sweep",
         "softmax": "RBM of 78 softmax units of ten values, 500, a sweep", "sparse": "RBM 2000-1000 of 20 000 couplings, a sweep",
         "tempering": "tempering, a replica and sweep", "grey64": "features of 64 grey rows", "grey1024": "of 1024 grey rows",
         "bits64": "of 64 rows of bits", "bits1": "of one row of bits", "pcd1": "PCD-1, a row, one thread", "pcd2": "two threads",
         "dbm-step": "DBM joint training, a row", "ais": "AIS, a run and temperature, one thread",
         "ais2": "two threads, by the clock"}
# Required speed of this program, as a multiple of that of what it is compared with.
FLOORS = {("gibbs", "two-sgemm"): 2, ("gibbs", "pytorch"): 5, ("gibbs", "scikit-learn"): 9, ("grey64", "fma-peak"): 0.8,
          ("grey1024", "fma-peak"): 0.8, ("grey64", "pytorch"): 1.2, ("grey1024", "pytorch"): 1.2, ("bits64", "pytorch"): 2,
          ("bits1", "pytorch"): 2, ("pcd1", "pytorch"): 2.5, ("pcd2", "pytorch"): 4, ("dbm-step", "pytorch"): 2.5,
          ("ais", "pytorch"): 3.5, ("ais2", "pytorch"): 6.5, ("raw", "bare"): 0.55, ("json", "bare"): 0.35,
          ("raw", "aiohttp"): 8, ("json", "aiohttp"): 15, ("late", "bare"): 1 / 3}


class Report:
    def __init__(self):
        self.lines, self.missed = [], 0

    def add(self, name, who, ratio, floor, detail):
        verdict = ""
        if floor is not None:
            verdict = f"{floor:.2f}" + (" **missed**" if ratio < floor else "")
            self.missed += ratio < floor * NOISE
        self.lines.append(f"| {name} | {who} | {ratio:.2f} | {verdict} | {detail} |\n")


def lines_of(command, **environment):
    """Of a program with OpenBLAS's own choice of kernels, whatever the peers in this process use, unless environment says."""
    mine = {name: value for name, value in os.environ.items() if name != "OPENBLAS_CORETYPE"}
    text = subprocess.run(command, check=True, capture_output=True, text=True, env={**mine, **environment}).stdout
    return [line.split() for line in text.splitlines()]


def best_kernels(bin_dir):
    """The OPENBLAS_CORETYPE whose products are fastest here."""
    times = {}
    for kind in ("", "SkylakeX", "Cooperlake", "Zen", "Haswell"):
        try:
            found = lines_of([f"{bin_dir}/bench_blas", "quick"], **({"OPENBLAS_CORETYPE": kind} if kind else {}))
        except subprocess.CalledProcessError:  # not available on this processor
            continue
        times[kind] = next(float(value) for measure, who, value in found if who == "two-sgemm")
    return min(times, key=times.get)


def with_best_kernels(bin_dir):
    """Begins anew with the fastest kernels for NumPy and PyTorch, too: OpenBLAS reads the name when it is loaded."""
    if "OPENBLAS_CORETYPE" not in os.environ:
        os.execve(sys.executable, [sys.executable] + sys.argv, {**os.environ, "OPENBLAS_CORETYPE": best_kernels(bin_dir)})


def compute(bin_dir, rounds):
    """{(measure, who): [microseconds]}, everybody in turn, and the limits."""
    arrays, found, kernels = peers.random_arrays(), {}, os.environ["OPENBLAS_CORETYPE"]
    for _ in range(rounds):
        lines = lines_of([f"{bin_dir}/bench_peers", serving.MODELS])
        lines += lines_of([f"{bin_dir}/bench_blas"], **({"OPENBLAS_CORETYPE": kernels} if kernels else {}))
        for measure, who, value in lines:
            found.setdefault((measure, who), []).append(float(value))
        for who, of in (("scikit-learn", peers.scikit_learn), ("pytorch", peers.pytorch)):
            for measure, value in of(arrays).items():
                found.setdefault((measure, who), []).append(value)
    return found


def report_compute(report, found):
    for (measure, who), peer in found.items():
        if measure not in NAMES or who == "boltz":
            continue
        ours = found[measure, "boltz"]
        ratio = statistics.median(p / o for p, o in zip(peer, ours))
        report.add(NAMES[measure], who, ratio, FLOORS.get((measure, who)),
                   f"{statistics.median(ours):.2f}, {statistics.median(peer):.2f} us")


def report_serving(report, bin_dir, rounds):
    servers = serving.Servers(bin_dir)
    try:
        found, late = {}, []
        for _ in range(rounds):
            for kind in ("raw", "json"):
                for who, rate in servers.rates(kind).items():
                    found.setdefault((kind, who), []).append(rate)
            late.append(servers.delays(found["raw", "boltz"][-1]))
        for kind in ("raw", "json"):
            for who in ("bare", "aiohttp"):
                peer, ours = found.get((kind, who)), found[kind, "boltz"]
                if peer:
                    report.add(f"requests of one row, {kind}", who, statistics.median(o / p for o, p in zip(ours, peer)),
                               FLOORS[kind, who], f"{statistics.median(ours):.0f}, {statistics.median(peer):.0f} a second")
        report.add("p99 of one row at half that rate", "bare", statistics.median(one["bare"] / one["boltz"] for one in late),
                   FLOORS["late", "bare"], f"{statistics.median(one['boltz'] for one in late):.0f}, "
                   f"{statistics.median(one['bare'] for one in late):.0f} us")
        clients = (1, 2, 4, 8, 16, 32, 64)  # with hundreds wrk measures connection setup, of the bare server too
        return [(n, 1e6 / servers.rate(servers.ours("raw"), "raw", n)) for n in clients]
    finally:
        servers.stop()


def report_starts(report, bin_dir, rounds):
    shipped = statistics.median(serving.start_time(bin_dir, serving.MODELS) for _ in range(rounds))
    report.add("start to ready, shipped models", "20 ms", 0.020 / shipped, 1, f"{1e3 * shipped:.0f} ms")
    folder, points = tempfile.mkdtemp(), []
    try:
        shutil.copy(f"{serving.MODELS}/mnist-rbm/1/model.safetensors", f"{folder}/first")
        os.makedirs(f"{folder}/models")
        shutil.move(f"{folder}/first", f"{folder}/models/first")
        for n in (1, 10, 100, 1000):
            serving.many_models(f"{folder}/models", n)
            points.append((n, 1e3 * statistics.median(serving.start_time(bin_dir, f"{folder}/models") for _ in range(rounds))))
    finally:
        shutil.rmtree(folder)
    report.add("start to ready, 1000 models of 784-500", "1 s", 1e3 / points[-1][1], 1, f"{points[-1][1]:.0f} ms")
    return points


def draw_plots(bin_dir, clients, starts):
    """Writes docs/plots; returns lines of the page."""
    grown = {"clients": clients, "models": starts}
    for axis, size, cost in lines_of([f"{bin_dir}/bench_peers", serving.MODELS, "scale"]):
        grown.setdefault(axis, []).append((float(size), float(cost)))
    titles = {"rows": ("features of grey rows", "us a call"), "chains": ("a sweep of RBM 784-500", "us"),
              "units": ("features of 16 grey rows, n to n units", "us a call"), "edges": ("a sweep of 64 chains, sparse", "us"),
              "clients": ("one-row requests", "us a request"), "models": ("start to ready", "ms")}
    text = []
    for axis, (title, unit) in titles.items():
        slope = plots.write(os.path.join(HERE, "..", "docs", "plots", f"{axis}.svg"), title, axis, unit, grown[axis])
        text.append(f"![{title} with {axis}](plots/{axis}.svg) slope {slope:.2f}\n")
    return "".join(text)


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit 1 where a floor is missed; docs/benchmarks.md is left alone")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of everything (5)")
    parser.add_argument("--bin", required=True, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.rounds < 1:
        parser.error(f"--rounds: expected 1 or more, found {args.rounds}")
    with_best_kernels(args.bin)
    report, load = Report(), os.getloadavg()[0]
    found = compute(args.bin, args.rounds)
    report_compute(report, found)
    clients = report_serving(report, args.bin, args.rounds)
    starts = report_starts(report, args.bin, args.rounds)
    level = next(line for line in open("/proc/cpuinfo") if line.startswith("model name")).split(":")[1].strip()
    limits = ", ".join(f"{statistics.median(found['limit', unit]):.0f} {unit}" for unit in ("GFLOP/s", "GB/s")
                       if ("limit", unit) in found)
    kernels = next(who for measure, who in found if measure == "kernels")
    text = (f"{time.strftime('%Y-%m-%d')}, {level}, {os.cpu_count()} cores, load {load:.0f} at the start, medians of {args.rounds} "
            f"rounds; one thread's limits {limits}; OpenBLAS kernels {kernels}; "
            + (f"PyTorch {peers.torch.__version__}" if peers.torch else "PyTorch was not installed") + ".\n\n"
            "| what | beside | times as fast | floor | this program, the other |\n|---|---|---|---|---|\n" + "".join(report.lines))
    print(text, end="")
    if args.check:
        return 1 if report.missed else 0
    text += "\nCost with size, log against log:\n\n" + draw_plots(args.bin, clients, starts)
    page = open(PAGE, encoding="utf-8").read()
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    with open(PAGE + ".tmp", "w", encoding="utf-8") as out:
        out.write(before + BEGIN + text + END + after)
    os.replace(PAGE + ".tmp", PAGE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
