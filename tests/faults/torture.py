#!/usr/bin/env python3
"""Runs boltz and boltzd with one call failing, for each kind of call and each (or a sample) of its occurrences.

What must hold: no death by a signal, no hang, an exit status and answers that tell the truth (0 and the result of a quiet run, or
not 0, a message, and nothing half-written), and the next try works. Where LeakSanitizer's library is installed and works, nothing
that was allocated is lost either.

    torture.py BIN_DIR SHIM WORK [--runs N] [--only NAME] [--kinds NAME,...] [--offset X] [--jobs N] [--distinct]

Without --runs the first call from each distinct stack comes first, then the last one, then all others.
"""
import argparse, collections, ctypes.util, hashlib, http.client, json, multiprocessing, os, random, shutil, signal, socket, struct
import subprocess, sys, time

parser = argparse.ArgumentParser()
parser.add_argument("bin"), parser.add_argument("shim"), parser.add_argument("work")
parser.add_argument("--runs", type=int, default=0, help="a sample of about so many faults, spread evenly; 0 = every one")
parser.add_argument("--only", default="")
parser.add_argument("--kinds", default="", help="only these")
parser.add_argument("--offset", type=float, default=0.5, help="of the sample, 0 to 1: others")
parser.add_argument("--jobs", type=int, default=1, help="so many faults at a time, each in a folder of its own")
parser.add_argument("--distinct", action="store_true", help="the first and the last call from each distinct stack alone")
args = parser.parse_args()
boltz, boltzd, shim = os.path.abspath(args.bin) + "/boltz", os.path.abspath(args.bin) + "/boltzd", os.path.abspath(args.shim)
os.makedirs(args.work, exist_ok=True)
os.chdir(args.work)
KINDS = ["memory", "read", "write", "open", "map", "sync", "rename", "thread", "status", "entries", "stream", "close", "lock",
         "descriptor", "connection", "interrupt", "short"]
HARMLESS = ["interrupt", "short"]  # after which everything is as if nothing had been
TRAIN = ["train", "rbm", "--data", "rows.csv", "--hidden", "4", "--log", "none"]
CHECKPOINT = "here/m/.train/checkpoint"
failures = []
LIMIT = 60  # seconds until a run counts as hanging
LEAK = 99  # the exit status of a leak


def leak_checker():
    """What to preload behind the shim; "" where there is none, or they do not work together, or it may not look into other threads."""
    library = ctypes.util.find_library("lsan") or ""
    env = {**os.environ, "LD_PRELOAD": f"{shim} {library}", "FAULT_KIND": "memory"}
    works = library and subprocess.run([boltz, "--version"], env=env, capture_output=True).returncode == 0
    print("leaks are looked for" if works else "no leak checker: liblsan is not installed, or does not work here", flush=True)
    return library if works else ""


leaks = leak_checker()


def environment(kind, at):
    preload = shim if kind == "hangup" else f"{shim} {leaks}"
    options = f"exitcode={LEAK}:suppressions={os.path.abspath('others')}:print_suppressions=0"
    return {**os.environ, "LD_PRELOAD": preload, "LSAN_OPTIONS": options, "FAULT_KIND": kind, "FAULT_AT": str(at),
            "FAULT_LOG": os.path.abspath("log")}


def fired():
    """Whether the call came."""
    try:
        return open("log").read().split()[-1] == "1"
    except (OSError, IndexError):
        return False


def calls_of(run):
    """[kind, number, stack] of each call of `run` that can be made to fail."""
    os.environ["FAULT_STACKS"] = os.path.abspath("stacks")
    run()
    del os.environ["FAULT_STACKS"]
    names = [line.split()[0] for line in open("log")]
    calls = [(names[kind], number, stack) for kind, number, stack in struct.iter_unpack("=IIQ", open("stacks", "rb").read())]
    return [c for c in calls if c[2] and (not args.kinds or c[0] in args.kinds.split(","))]


def complain(what, kind, at, text):
    failures.append(f"FAILED: {what}: {kind} {at}: {text}")


def speechless(text):
    """Whether a message does not say what happened."""
    return not text or text.splitlines()[-1].rstrip().endswith(":")


def reset(folder):
    shutil.rmtree("here", ignore_errors=True)
    shutil.copytree(folder, "here") if folder else os.mkdir("here")


def listing(everything=False):
    """What is under here/, with digests; locks and checkpoints of interrupted runs are theirs to keep, and left out."""
    found = {}
    for root, folders, files in os.walk("here"):
        folders[:] = [f for f in folders if everything or f != ".train"]
        found.update({os.path.join(root, f): "" for f in folders if everything})
        for name in files:
            path = os.path.join(root, name)
            found[path] = hashlib.sha256(open(path, "rb").read()).hexdigest()
    return found


def numbers(total, share):
    """A share of 0 to total - 1, evenly, at least one."""
    count = max(1, int(total * share))
    return sorted({int((i + args.offset) * total / count) for i in range(count)})


class Command:
    """A run of boltz; `start` is the folder that it finds."""

    def __init__(self, name, words, start=None, again=None):
        self.name, self.words, self.start, self.again = name, words, start, again or words

    def run(self, words, kind=None, at=0):
        if os.path.exists("log"):
            os.remove("log")
        try:
            p = subprocess.run([boltz] + words, capture_output=True, timeout=LIMIT, env=environment(kind, at) if kind else None)
        except subprocess.TimeoutExpired:
            return None, b"", b"it hangs"
        return p.returncode, p.stdout, p.stderr

    def quiet(self):
        reset(self.start)
        self.before, self.untouched = listing(), listing(True)
        status, self.out, err = self.run(self.words)
        if status != 0:
            raise SystemExit(f"{self.name}: status {status} without a fault: {err.decode()}")
        self.after = listing()

    def count(self):
        reset(self.start)
        self.run(self.words, "all", 0)

    def inject(self, kind, at):
        reset(self.start)
        status, out, err = self.run(self.words, kind, at)
        text = err.decode(errors="replace").strip()[-3000 if leaks else -300:]
        now = listing()
        if status and kind in HARMLESS:
            return complain(self.name, kind, at, f"status {status} after what is no failure: {text}")
        if status and b"standard output" in err and now == self.after:
            return None  # all is done but for telling so
        if status and self.start == "interrupted" and not os.path.exists(CHECKPOINT):
            return complain(self.name, kind, at, f"status {status}, and the checkpoint is gone: {text}")
        if status is None or status < 0 or status > 78:
            return complain(self.name, kind, at, f"status {status}: {text}")
        if status == 0 and (now != self.after or out != self.out):
            return complain(self.name, kind, at, f"status 0, but not the result of a quiet run: {text}")
        if status != 0 and (speechless(text) or now != self.before):
            changed = {p for p in set(now) | set(self.before) if now.get(p) != self.before.get(p)}
            return complain(self.name, kind, at, f"status {status}, message '{text}', and these changed: {changed}")
        if status != 0 and listing(True) != self.untouched:
            status, out, err = self.run(self.again)
            if status != 0 or listing() != self.after:
                complain(self.name, kind, at, f"the next try: status {status}: {err.decode()[-300:]}")


class Sweep(Command):
    """What it has done so far is for the next try; pages and logs tell times."""

    def models(self, found):
        return {p: digest for p, digest in found.items() if p.endswith(".safetensors")}

    def inject(self, kind, at):
        reset(self.start)
        status, _, err = self.run(self.words, kind, at)
        if status is None or status < 0 or status > 78 or (status and (speechless(err.decode()) or kind in HARMLESS)):
            return complain(self.name, kind, at, f"status {status}: {err.decode()[-300:]}")
        if status and b"standard output" in err and self.models(listing()) == self.models(self.after):
            return None
        if status != 0:
            status, _, err = self.run(self.words)
        if status != 0 or self.models(listing()) != self.models(self.after):
            complain(self.name, kind, at, f"status {status}, other models, at once or at the next try: {err.decode()[-300:]}")


class Server:
    """A life of boltzd: start, an answer of each operation, a stream, a reload, a load, the end."""

    name = "boltzd"
    POST = [("free-energy", {"inputs": [[0, 1] * 8]}), ("features", {"inputs": [[0, 1] * 8]}),
            ("reconstruct", {"inputs": [[0, 1] * 8], "steps": 2}), ("energy", {"states": {"visible": [[0, 1] * 8], "hidden": [[0, 1, 0, 1]]}}),
            ("sample", {"count": 2, "steps": 20, "seed": 7}),
            ("sample?format=sse", {"count": 1, "steps": 20, "every": 10, "seed": 7}),
            ("sample?format=ndjson", {"count": 1, "steps": 20, "every": 10, "seed": 7})]

    def port(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            return s.getsockname()[1]

    def ask(self, method, path, body=None):
        c = http.client.HTTPConnection("127.0.0.1", self.at_port, timeout=LIMIT)
        try:
            c.request(method, path, body=json.dumps(body) if body is not None else None,
                      headers={"Content-Type": "application/json"} if body is not None else {})
            r = c.getresponse()
            return r.status, r.read()
        except socket.timeout:
            return None, b"it hangs"
        except (OSError, http.client.HTTPException) as e:
            return 0, str(e).encode()  # the connection was closed
        finally:
            c.close()

    def script(self):
        """Yields (name, status, body)."""
        for operation, body in self.POST:
            yield operation, *self.ask("POST", "/v1/models/m/" + operation, body)
        yield "models", *self.ask("GET", "/v1/models")
        yield "infer", *self.ask("POST", "/v2/models/m/infer",
                                 {"inputs": [{"name": "visible", "datatype": "FP32", "shape": [1, 16], "data": [0, 1] * 8}]})
        yield "load", *self.ask("POST", "/v2/repository/models/m/load", {})
        yield "metrics", *self.ask("GET", "/metrics")

    def life(self, kind, at):
        """Starts, runs the script twice, ends; returns (status, first answers, second answers, text)."""
        if os.path.exists("log"):
            os.remove("log")
        self.at_port = self.port()
        env = environment(kind, at) if kind else dict(os.environ)
        with open("server.err", "wb") as err:
            p = subprocess.Popen([boltzd, "--model-repository", "repo", "--listen", f"127.0.0.1:{self.at_port}", "--workers", "2",
                                  "--event-threads", "1", "--model-control", "explicit", "--drain-timeout", "2s"], stderr=err, env=env)
        ready, end = False, time.time() + LIMIT
        while time.time() < end and p.poll() is None and not ready:
            ready = self.ask("GET", "/v2/health/ready")[0] == 200
            ready or time.sleep(0.01)
        first = list(self.script()) if p.poll() is None else []
        second = list(self.script()) if p.poll() is None else []
        if p.poll() is None:
            p.send_signal(signal.SIGTERM)
        try:
            status = p.wait(LIMIT)
        except subprocess.TimeoutExpired:
            p.kill()
            status = None
        return status, ready, first, second, open("server.err", errors="replace").read()[-3000 if leaks else -400:]

    def quiet(self):
        status, ready, first, second, text = self.life(None, 0)
        if status != 0 or not ready or any(s != 200 for _, s, _ in first):
            raise SystemExit(f"boltzd without a fault: status {status}: {[(n, s) for n, s, _ in first]} {text}")
        self.right = {n: b for n, _, b in first}
        status, ready, *_, text = self.life("hangup", 0)
        if status != 0 or not ready:
            complain(self.name, "SIGHUP", 0, f"before main: status {status}: {text}")

    def count(self):
        self.life("all", 0)

    def inject(self, kind, at):
        status, ready, first, second, text = self.life(kind, at)
        if status is None or status < 0 or status > 78:
            return complain(self.name, kind, at, f"status {status}: {text}")
        if status != 0 and speechless(text):
            return complain(self.name, kind, at, f"status {status} without a reason: {text}")
        if status != 0 and ready:
            return complain(self.name, kind, at, f"it was ready, and ended with {status}: {text}")
        if "drain timeout is over" in text:
            complain(self.name, kind, at, f"something that has ended is still counted, and waited for: {text}")
        if kind in HARMLESS and (status != 0 or any(s != 200 for _, s, _ in first + second)):
            wrong = [(name, s, body[:200]) for name, s, body in first + second if s != 200]
            return complain(self.name, kind, at, f"status {status} and {wrong} after what is no failure: {text}")
        broken = []  # one fault may cost one answer; a fault during loading, all answers until the model is loaded again
        for name, s, body in first + second:
            exact = name not in ("metrics", "models", "load", "infer")
            if s is None:
                complain(self.name, kind, at, f"{name} hangs")
            elif s == 200 and exact and body != self.right[name]:
                if b"event: error" not in body and b'"event":"error"' not in body:
                    complain(self.name, kind, at, f"{name}: status 200 and other bytes: {body[-200:]}")
                broken.append(name)
            elif s != 200:
                broken.append(f"{name} {s} {body[:200]}")
        if len(broken) > (1 if fired() else 0) and ready:
            complain(self.name, kind, at, f"more than one answer is wrong: {broken}")


def prepare():
    random.seed(1)
    with open("others", "w") as f:
        f.write("leak:libzip\n")  # version 1.7.3 loses blocks where an allocation of its own fails
    with open("rows.csv", "w") as f:
        for _ in range(60):
            f.write(",".join(random.choice("01") for _ in range(16)) + "\n")
    with open("labels.csv", "w") as f:
        f.write("".join(random.choice("ab") + "\n" for _ in range(60)))
    if not os.path.exists("repo/m/1"):
        subprocess.run([boltz, "train", "rbm", "--data", "rows.csv", "--hidden", "4", "--updates", "20", "--log", "none", "--threads",
                        "1", "--out", "repo/m"], check=True, stdout=subprocess.DEVNULL)
    with open("table.csv", "w") as f:
        f.write("age,plan,member\n")
        for i in range(40):
            f.write(f"{20 + i % 40 if i % 7 else ''},{'basic' if i % 3 else 'plus'},{'yes' if i % 2 else ''}\n")
    if not os.path.exists("gaps/m/1"):
        subprocess.run([boltz, "train", "rbm", "--data", "table.csv", "--missing", "infer", "--hidden", "2", "--updates", "20",
                        "--log", "none", "--threads", "1", "--out", "gaps/m"], check=True, stdout=subprocess.DEVNULL)
    while not os.path.exists("interrupted/m/.train/checkpoint"):
        p = subprocess.Popen([boltz] + TRAIN + ["--updates", "60", "--threads", "1", "--checkpoint-every", "5", "--out", "interrupted/m"],
                             stderr=subprocess.DEVNULL)
        while p.poll() is None and not os.path.exists("interrupted/m/.train/checkpoint"):
            pass
        p.send_signal(signal.SIGTERM)
        p.wait()


def commands():
    golden = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../golden/sklearn.npz")
    model = "here/m"
    yield Command("train", TRAIN + ["--updates", "6", "--threads", "2", "--checkpoint-every", "1", "--out", model],
                  again=TRAIN + ["--updates", "6", "--threads", "2", "--auto-resume", "--out", model])
    yield Command("resume", TRAIN + ["--updates", "60", "--threads", "1", "--out", model, "--auto-resume"], "interrupted")
    yield Command("evaluate --save", ["evaluate", model, "--data", "rows.csv", "--exact", "--save", "--json", "--threads", "1"], "repo")
    yield Command("import", ["import", golden, "--out", model])
    for name, more in (("score", []), ("features", []), ("reconstruct", [])):
        yield Command(name, [name, model, "--data", "rows.csv", "--out", "here/x.npy", "--threads", "1"] + more, "repo")
    yield Command("sample", ["sample", model, "--count", "3", "--steps", "5", "--out", "here/x.csv", "--threads", "1"], "repo")
    yield Command("inspect", ["inspect", model, "--json"], "repo")
    yield Command("inspect as text", ["inspect", model], "repo")
    yield Command("finetune", ["finetune", model, "--data", "rows.csv", "--labels", "labels.csv", "--epochs", "2", "--threads", "1",
                               "--out", model], "repo")
    yield Command("index", ["index", model, "--data", "rows.csv", "--threads", "1"], "repo")
    yield Command("compare", ["compare", model, "--data", "rows.csv", "--json", "--threads", "1"], "repo")
    yield Command("calibrate", ["calibrate", model, "--data", "rows.csv", "--threads", "1"], "repo")
    yield Command("impute", ["impute", model, "--data", "table.csv", "--out", "here/x.csv", "--draw", "2", "--confidence", "--threads",
                             "1"], "gaps")
    yield Command("export", ["export", model, "--to", "npz", "--out", "here/e.npz"], "repo")
    yield Sweep("sweep", ["sweep", "rbm", "--data", "rows.csv", "--vary", "hidden=2,3", "--updates", "4", "--threads", "1", "--out", model])


def inject(case, kind, at):
    """Where the call that failed was the leak checker's own, and it ended the process, once more without it."""
    global leaks
    before, checker = len(failures), leaks
    case.inject(kind, at)
    if any("CHECK failed: sanitizer" in f for f in failures[before:]):
        del failures[before:]
        leaks = ""
        case.inject(kind, at)
        leaks = checker
    for f in failures[before:]:
        print(f, flush=True)


def settle():
    """A process of --jobs: what prepare() made, in a folder of its own."""
    folder = f"job-{os.getpid()}"
    shutil.copytree(".", folder, ignore=lambda _, names: [n for n in names if n.startswith("job-") or n == "here"])
    os.chdir(folder)


def fault(which):
    """One fault of the plan; how much went wrong."""
    case, kind, at = which
    before = len(failures)
    inject(cases[case], kind, at)
    return len(failures) - before


def passes_of(calls):
    """[name, [(case, kind, number)]], in the order in which they are made to fail."""
    if args.runs:
        share = min(1, args.runs / sum(len(made) for made in calls.values()))
        return [("a sample", [(*key, made[n][0]) for key, made in calls.items() for n in numbers(len(made), share)])]
    first, last = {}, {}
    for key, made in calls.items():
        for number, stack in made:
            first.setdefault((key, stack), (*key, number))
            last[key, stack] = (*key, number)
    first, last = list(first.values()), list(last.values())
    seen = set(first)
    last = [f for f in last if f not in seen]
    seen.update(last)
    rest = [(*key, number) for key, made in calls.items() for number, _ in made if (*key, number) not in seen]
    return [("the first from each stack", first), ("the last", last)] + ([] if args.distinct else [("the rest", rest)])


prepare()
everybody = list(commands()) + [Server()]
cases = [c for c in everybody if args.only in c.name]
if not cases:
    sys.exit(f"--only {args.only}: expected part of one of {', '.join(c.name for c in everybody)}")
calls = {}  # (case, kind): [(number, stack)]
for i, case in enumerate(cases):
    case.quiet()
    for f in failures:
        print(f, flush=True)
    for kind, number, stack in calls_of(case.count):
        if kind != "socket" or isinstance(case, Server):
            calls.setdefault((i, kind), []).append((number, stack))
passes, total, wrong = passes_of(calls), sum(len(made) for made in calls.values()), len(failures)
with multiprocessing.get_context("fork").Pool(args.jobs, settle) as pool:
    for name, faults in passes:
        left = collections.Counter(f[:2] for f in faults)
        for (i, kind, _), found in zip(faults, pool.imap(fault, faults)):
            wrong += found
            left[i, kind] -= 1
            if not left[i, kind]:
                count = sum(f[:2] == (i, kind) for f in faults)
                print(f"{cases[i].name}: {kind}: {count} of {len(calls[i, kind])} calls failed: {name}", flush=True)
print(f"{sum(len(faults) for _, faults in passes)} of {total} injected, {wrong} wrong")
sys.exit(1 if wrong else 0)
