"""Replicas behind HAProxy, restarted and broken in every way while requests come at a constant rate:

  rolling.py --program BOLTZD | --image IMAGE   MODELS HAPROXY_CFG FOLDER [--only EVENT]

With --image a replica is a container on the host's network, with --program a process. Requests are sent whether or not earlier
ones have been answered: small ones, ones of 200 kB, and streams. Prints what each event cost and how long until the replica
served again; exit 1 if a request failed that is safe to repeat, or a reply had other bytes."""
import argparse, http.client, json, os, re, shutil, signal, socket, subprocess, sys, threading, time

parser = argparse.ArgumentParser()
parser.add_argument("--program")
parser.add_argument("--image")
parser.add_argument("--only")
parser.add_argument("models")
parser.add_argument("haproxy")
parser.add_argument("folder")
given = parser.parse_args()
MODEL, REPLICAS = "mnist-rbm", 3
STREAM = f"/v1/models/{MODEL}/sample?count=4&steps=400&every=40&seed=11&format=ndjson"
SMALL = f"/v1/models/{MODEL}/sample?count=2&steps=2&seed=5"
LARGE = f"/v1/models/{MODEL}/free-energy?format=npy"
broken = []


def free_ports(n):
    held = [socket.socket() for _ in range(n)]
    for s in held:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in held]
    for s in held:
        s.close()
    return ports


front, *ports = free_ports(1 + REPLICAS)
repository = os.path.join(given.folder, "models")
shutil.copytree(given.models, repository)
subprocess.run(["chmod", "-R", "a+rX", given.folder], check=True)


def ask(port, method, target, body=None, kind="application/json", timeout=60, pause=0):
    """pause: seconds between a request's head and its body, in which its replica may die too."""
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        c.putrequest(method, target, skip_host=True)
        for name, value in {"Host": "localhost", "Content-Type": kind, "Content-Length": str(len(body or b""))}.items():
            c.putheader(name, value)
        c.endheaders()
        time.sleep(pause)
        c.send(body or b"")
        r = c.getresponse()
        return r.status, re.sub(rb'"version":"?[0-9]+"?', b'"version":0', r.read())
    finally:
        c.close()


class Process:
    """A replica as a process of this machine."""

    def __init__(self, i):
        self.i = i
        self.run = None

    def start(self, log=os.devnull, level="error"):
        self.run = subprocess.Popen([given.program, "--model-repository", repository, "--listen", f"127.0.0.1:{ports[self.i]}",
                                     "--allowed-host", "localhost", "--trusted-proxy", "127.0.0.1", "--drain-delay", "5s",
                                     "--drain-timeout", "4s", "--log-level", level], stderr=open(log, "w"))

    def start_on_full_disk(self):
        self.start("/dev/full", "debug")

    def stop(self):
        """What docker stop does: SIGTERM, ten seconds, SIGKILL. True if that was not needed."""
        self.run.terminate()
        try:
            return self.run.wait(10) == 0
        except subprocess.TimeoutExpired:
            self.run.kill()
            self.run.wait()
            return False

    def signal(self, number):
        self.run.send_signal(number)

    def end(self):
        if self.run:
            self.run.kill()
            self.run.wait()


class Container:
    """A replica as the image's container, as docs/operations.md starts it."""

    def __init__(self, i):
        self.i = i
        self.name = f"boltzd-rolling-{os.getpid()}-{i}"

    def docker(self, *words):
        return subprocess.run(["docker", *words], check=True, capture_output=True, text=True).stdout.strip()

    def start(self):
        subprocess.run(["docker", "rm", "-f", self.name], capture_output=True)
        self.docker("run", "-d", "--name", self.name, "--network", "host", "--read-only", "--cap-drop", "ALL", "--security-opt",
                    "no-new-privileges", "--user", "65532", "--memory", "512m", "-v", f"{repository}:/mnt/models:ro", "-e",
                    f"BOLTZD_LISTEN=127.0.0.1:{ports[self.i]}", "-e", "BOLTZD_ALLOWED_HOST=localhost", given.image)

    def stop(self):
        self.docker("stop", self.name)
        return self.docker("inspect", "-f", "{{.State.ExitCode}}", self.name) == "0"

    def signal(self, number):
        self.docker("kill", "-s", signal.Signals(number).name, self.name)

    def end(self):
        subprocess.run(["docker", "rm", "-f", self.name], capture_output=True)


def back(i):
    """Starts replica i; seconds until it is ready."""
    begun = time.monotonic()
    replicas[i].start()
    until(lambda: ready(i), 60, "a replica starts")
    return time.monotonic() - begun


replicas = [(Container if given.image else Process)(i) for i in range(REPLICAS)]


def ready(i):
    try:
        return ask(ports[i], "GET", "/v2/health/ready", timeout=2)[0] == 200
    except OSError:
        return False


def until(true, seconds, what):
    begun = time.monotonic()
    while not true():
        if time.monotonic() - begun > seconds:
            broken.append(f"{what}: not within {seconds} s")
            return seconds
        time.sleep(0.05)
    return time.monotonic() - begun


class Load:
    """Requests at a constant rate, each on a thread of its own, until it is ended."""

    KINDS = {"small": (20, SMALL, b"{}", "application/json"), "200 kB": (5, LARGE, None, "application/x-npy"),
             "stream": (2, STREAM, b"{}", "application/json")}

    def __init__(self):
        self.lock, self.count, self.failed, self.why, self.worst = threading.Lock(), {}, {}, {}, 0
        self.running = True
        self.threads = []
        self.clocks = [threading.Thread(target=self.clock, args=(kind,)) for kind in self.KINDS]
        for t in self.clocks:
            t.start()

    def clock(self, kind):
        gap, due = 1 / self.KINDS[kind][0], time.monotonic()
        while self.running:
            t = threading.Thread(target=self.one, args=(kind,))
            t.start()
            with self.lock:
                self.threads.append(t)
            due += gap
            time.sleep(max(0, due - time.monotonic()))

    def one(self, kind):
        _, target, body, type_ = self.KINDS[kind]
        begun = time.monotonic()
        try:
            status, data = ask(front, "POST", target, rows if body is None else body, type_, pause=0.02)
            why = None if status == 200 and data == want[kind] else f"{status}" if status != 200 else "other bytes"
            if why and kind == "stream" and status == 200:
                why = goes_on(data)
        except Exception as e:
            why = type(e).__name__
        with self.lock:
            self.count[kind] = self.count.get(kind, 0) + 1
            self.worst = max(self.worst, time.monotonic() - begun)
            if why:
                self.failed[kind] = self.failed.get(kind, 0) + 1
                self.why[f"{kind}: {why}"] = self.why.get(f"{kind}: {why}", 0) + 1

    def end(self):
        self.running = False
        for t in self.clocks + self.threads:
            t.join()


def tail(port, token):
    """Where a chain is 100 steps after a token was given."""
    status, data = ask(port, "POST", f"/v1/models/{MODEL}/sample", json.dumps({"continue": token, "steps": 100}).encode())
    return json.loads(data)["samples"] if status == 200 else f"{status} {data[:200]}"


def long_stream(i):
    """A stream at one replica that is stopped meanwhile: it must end with a token, and that must lead on elsewhere to the bits of
    a chain that was never interrupted."""
    status, data = ask(ports[i], "POST", f"/v1/models/{MODEL}/sample?count=1&steps=5000000&every=1000&seed=3&format=ndjson", b"{}")
    lines = [json.loads(line) for line in data.decode().splitlines() if line.endswith("}")]
    token, step = lines[-1].get("continue"), max((line.get("step", 0) for line in lines), default=0)
    if status != 200 or lines[-1].get("event") != "error" or not token:
        broken.append(f"a stream at a replica that stops: {status}, ended with {json.dumps(lines[-1])[:300] if lines else data[:300]}")
        return
    others = [p for k, p in enumerate(ports) if k != i]
    on = [tail(p, token) for p in others]
    if on[0] != on[1] or isinstance(on[0], str):
        broken.append(f"a token of step {step} leads on to {str(on[0])[:200]} and {str(on[1])[:200]}")
    cut.append(step)


cut = []


def goes_on(data):
    """A stream that was cut: with a token it goes on elsewhere to the same last frame. None if so."""
    lines = [json.loads(line) for line in data.decode().splitlines() if line.endswith("}")]
    token = next((line["continue"] for line in lines if "continue" in line), None)
    if not token:
        return "cut without a token"
    done = max((line["step"] for line in lines if line.get("event") == "frame"), default=0)
    body = json.dumps({"continue": token, "steps": 400 - done, "every": 40}).encode()
    status, rest = ask(front, "POST", f"/v1/models/{MODEL}/sample?format=ndjson", body)
    last = [json.loads(line) for line in rest.decode().splitlines()]
    frames = [line for line in last if line.get("event") == "frame"]
    want_frames = [json.loads(line) for line in want["stream"].decode().splitlines()]
    want_last = [line for line in want_frames if line.get("event") == "frame"][-1]
    return None if status == 200 and frames and frames[-1]["samples"] == want_last["samples"] else "went on to other bits"


def event(name, act, lost=()):
    """Load, the event in the middle of it. lost: kinds of request that it may cost, for they are not sent twice."""
    load = Load()
    time.sleep(1)
    begun = time.monotonic()
    note = act() or ""
    took = time.monotonic() - begun
    time.sleep(2)
    load.end()
    failed = {k: n for k, n in load.failed.items() if n}
    print(f"{name}: {sum(load.count.values())} requests, failed {failed or 0}{' ' + str(load.why) if failed else ''}, longest "
          f"{load.worst:.2f} s, took {took:.1f} s{'; ' + note if note else ''}", flush=True)
    for kind, n in failed.items():
        if kind not in lost:
            broken.append(f"{name}: {n} of {load.count[kind]} {kind} requests failed: {load.why}")


# --- the balancer ---
def balancer():
    text = open(given.haproxy).read()
    text = text.replace("maxconn 20000", "maxconn 2000")  # to fit a test's file descriptors
    text = re.sub(r"resolvers docker\n(    .*\n)+", "", text)
    text = text.replace(" resolvers docker init-addr libc,none", "").replace("bind :8080", f"bind 127.0.0.1:{front}")
    servers = "".join(f"    server replica{i} 127.0.0.1:{p}\n" for i, p in enumerate(ports))
    text = re.sub(r"    server-template replica .*\n", servers, text)
    path = os.path.join(given.folder, "haproxy.cfg")
    open(path, "w").write(text)
    return subprocess.Popen(["haproxy", "-db", "-f", path], stdout=open(os.path.join(given.folder, "haproxy.log"), "w"), stderr=subprocess.STDOUT)


header = "{'descr': '<f4', 'fortran_order': False, 'shape': (64, 784), }"
header += " " * (-(11 + len(header)) % 64) + "\n"
rows = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + bytes(4 * 784 * 64)


# --- what happens ---
def restart(i):
    clean = replicas[i].stop()
    if not clean:
        broken.append(f"replica {i} did not end by itself within 10 s of SIGTERM")
    return back(i)


def rolling():
    times = []
    for i in range(REPLICAS):
        times.append(restart(i))
        time.sleep(2.5)  # until the balancer has noticed
    return "ready again after " + ", ".join(f"{t:.2f}" for t in times) + " s"


def stop_one():
    stream = threading.Thread(target=long_stream, args=(0,))
    stream.start()
    time.sleep(0.5)
    clean = replicas[0].stop()
    stream.join()
    time.sleep(1)
    return f"{'ended by itself' if clean else 'was killed'}; a stream cut at step {cut} went on elsewhere; ready again after {back(0):.2f} s"


def kill_one():
    replicas[1].signal(signal.SIGKILL)
    time.sleep(1)
    return f"ready again after {back(1):.2f} s"


def freeze_one():
    replicas[2].signal(signal.SIGSTOP)
    time.sleep(6)
    replicas[2].signal(signal.SIGCONT)
    return f"ready again after {until(lambda: ready(2), 60, 'a replica wakes'):.2f} s"


def full_disk():
    """Replica 0 cannot write a byte, its log least of all."""
    replicas[0].stop()
    replicas[0].start_on_full_disk()
    until(lambda: ready(0), 60, "a replica on a full disk")
    time.sleep(3)  # until the balancer has noticed
    before = ask(ports[0], "POST", SMALL, b"{}")
    if before != (200, want["small"]):
        broken.append(f"a replica on a full disk: {before[0]} {before[1][:100]}")
    replicas[0].signal(signal.SIGHUP)
    time.sleep(2)
    took = restart(0)
    return f"ready again after {took:.2f} s"


def publish(version, spoil):
    stage = os.path.join(repository, MODEL, f".stage-{version}")
    newest = max(int(v) for v in os.listdir(os.path.join(repository, MODEL)) if v.isdigit())
    shutil.copytree(os.path.join(repository, MODEL, str(newest)), stage)
    if spoil:
        with open(os.path.join(stage, "model.safetensors"), "r+b") as f:
            f.truncate(1000)
    subprocess.run(["chmod", "-R", "a+rX", stage], check=True)
    os.rename(stage, os.path.join(repository, MODEL, str(version)))
    for r in replicas:
        r.signal(signal.SIGHUP)


def served():
    said = []
    for p in ports:
        c = http.client.HTTPConnection("127.0.0.1", p, timeout=10)
        c.request("GET", f"/v1/models/{MODEL}", headers={"Host": "localhost"})
        said.append(json.loads(c.getresponse().read())["version"])
        c.close()
    return said


def new_version():
    publish(101, False)
    return f"served by all after {until(lambda: served() == [101] * REPLICAS, 30, 'the new version'):.2f} s"


def broken_version():
    publish(102, True)
    time.sleep(2)
    if served() != [101] * REPLICAS:
        broken.append(f"a broken version: {served()} are served")
    shutil.rmtree(os.path.join(repository, MODEL, "102"))
    return "the one before stays"


proxy = None
try:
    for r in replicas:
        r.start()
    for i in range(REPLICAS):
        until(lambda: ready(i), 120, f"replica {i} starts")
    kinds = Load.KINDS
    want = {k: ask(ports[0], "POST", kinds[k][1], rows if kinds[k][2] is None else kinds[k][2], kinds[k][3])[1] for k in kinds}
    proxy = balancer()
    time.sleep(3)  # until it has checked all replicas
    first = ask(front, "POST", SMALL, b"{}")
    if first != (200, want["small"]):
        sys.exit(f"no right answer through the balancer: {first[0]} {first[1][:200]}")
    events = {"nothing": lambda: time.sleep(2), "rolling restart": rolling, "docker stop, its default": stop_one, "kill -9": kill_one,
              "SIGSTOP for 6 s": freeze_one, "a replica whose disk is full": full_disk, "a new version": new_version,
              "a broken version": broken_version}
    if given.image:
        del events["a replica whose disk is full"]  # a container's root is read-only
    for name in [given.only] if given.only else events:
        event(name, events[name], lost=("stream",) if name in ("kill -9", "SIGSTOP for 6 s") else ())
finally:
    if proxy:
        proxy.kill()
        proxy.wait()
    for r in replicas:
        r.end()
for line in broken:
    print("FAILED:", line)
sys.exit(bool(broken))
