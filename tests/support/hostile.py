"""What other clients see while some misbehave (attacks.py): hostile.py SECONDS BOLTZD MODELS [ROUNDS [NAME,...]].
One client sends requests at fixed times, whether or not earlier answers have arrived (an open loop: a server that
stalls gets no fewer requests), and measures each latency from the moment the request was due. In turn, each kind of
misbehaviour runs in a process of its own; before each, a run with no other client; both are repeated ROUNDS times (default 1).

Prints percentiles, medians of the rounds, and what the misbehaving clients did; exit 1 if an answer was lost or
wrong, or if anything is left behind. Timings do not affect the result.

Each side has the processors that it would have on a machine of its own, for otherwise a client that waits for a processor
measures itself: the last one is the client's, the one before the misbehaving clients', the others the daemon's. With
only two, the misbehaving clients get what the client leaves of its own. Where that is permitted (root), the watched
client runs in real time and the daemon before other work on the machine.
"""
import http.client, math, multiprocessing, os, re, resource, select, shutil, signal, socket, statistics, subprocess, sys, tempfile, time

import attacks
from attacks import BODY, MODEL, request

seconds, boltzd, models = float(sys.argv[1]), sys.argv[2], sys.argv[3]
rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 1
names = sys.argv[5].split(",") if len(sys.argv) > 5 else [a.__name__ for a in attacks.ALL]
RATE = 200  # requests per second of the watched client
resource.setrlimit(resource.RLIMIT_NOFILE, (min(8192, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),) * 2)
CPUS = sorted(os.sched_getaffinity(0))
ONES_OWN = len(CPUS) > 2  # the misbehaving clients have a processor


def place(cpus, nice=0, policy=os.SCHED_OTHER):
    """The calling process from now on, as far as it may."""
    if len(CPUS) > 1:
        os.sched_setaffinity(0, cpus)
    try:
        if policy != os.sched_getscheduler(0):
            os.sched_setscheduler(0, policy, os.sched_param(1 if policy == os.SCHED_FIFO else 0))
        os.setpriority(os.PRIO_PROCESS, 0, nice)
        with open("/proc/self/autogroup", "w") as f:  # where it is on, niceness counts within a session only
            f.write(str(nice))
    except OSError:
        return False
    return True


class Histogram:
    """Latencies in buckets that are 5 % wide, from 10 microseconds."""

    def __init__(self):
        self.count, self.total = {}, 0

    def add(self, s):
        k = math.floor(math.log(max(s, 1e-5) / 1e-5) / math.log(1.05))
        self.count[k] = self.count.get(k, 0) + 1
        self.total += 1

    def quantile(self, q):
        seen = 0
        for k in sorted(self.count):
            seen += self.count[k]
            if seen >= q * self.total:
                return 1e-5 * 1.05 ** (k + 1)
        return 0.0


def misbehave(what, port, real_time):
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    os.setsid()
    place(CPUS[-2:-1] if ONES_OWN else CPUS[-1:], -10 if real_time else 0, os.SCHED_OTHER if ONES_OWN or real_time else os.SCHED_IDLE)
    what(port)


# ---- the watched client

class Loops:
    """How long the daemon's event loops have waited for a processor: on a busy machine, what other work costs them."""

    def __init__(self, pid):
        self.files = []
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/comm") as f:
                if f.read().startswith("MHD"):
                    self.files.append(os.open(f"/proc/{pid}/task/{task}/schedstat", os.O_RDONLY))

    def waited(self):
        return sum(int(os.pread(f, 100, 0).split()[1]) for f in self.files) / 1e9 if len(self.files) == 1 else 0.0


class Watched:
    """A connection, and the request that is under way on it."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, due, text, waited):
        self.due, self.waited, self.data = due, waited, b""
        self.socket.sendall(text)

    def done(self):
        """Status and body once all of it is here, else None."""
        got = self.socket.recv(1 << 16)
        self.data += got
        if not got:
            return 0, b"closed: " + self.data
        head, _, body = self.data.partition(b"\r\n\r\n")
        size = re.search(rb"(?i)content-length: (\d+)", head)
        return (int(head.split()[1]), body) if size and len(body) == int(size.group(1)) else None


def watch(port, loops, want, failures):
    h, own, idle, busy = Histogram(), Histogram(), [], {}
    text = request(f"/v1/models/{MODEL}/features", BODY)
    begun, k, n = time.monotonic(), 0, int(seconds * RATE)
    while k < n or busy:
        due = begun + k / RATE
        now = time.monotonic()
        if k < n and now >= due:
            c = idle.pop() if idle else Watched(port)
            c.send(due, text, loops.waited())
            busy[c.socket] = c
            k += 1
            continue
        for s in select.select(list(busy), [], [], max(0, due - now) if k < n else 60)[0]:
            got = busy[s].done()
            if got is None:
                continue
            c, end = busy.pop(s), time.monotonic()
            h.add(end - c.due)
            own.add(end - c.due - (loops.waited() - c.waited))
            if got != (200, want):
                failures.append(f"status {got[0]}: {got[1][:200]}")
            if got[0]:
                idle.append(c)
        if k >= n and time.monotonic() > begun + n / RATE + 60:
            failures.append(f"{len(busy)} requests without an answer")
            break
    for c in list(busy.values()) + idle:
        c.socket.close()
    return h, own


def ask(port, method, target, body=None):
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    c.request(method, target, body)
    r = c.getresponse()
    data = r.read()
    c.close()
    return r.status, data


def gauges(port, name):
    """The sum of a metric's series."""
    return sum(float(v) for v in re.findall(rf"^{name}(?:{{.*}})? (\S+)$", ask(port, "GET", "/metrics")[1].decode(), re.M))


def measure(what, port, loops, want, failures, real_time):
    other = multiprocessing.Process(target=misbehave, args=(what, port, real_time)) if what else None
    if other:
        other.start()
        time.sleep(1)
    before, began = gauges(port, "boltzd_http_requests_total"), time.monotonic()
    h, own = watch(port, loops, want, failures)
    took = time.monotonic() - began
    others = gauges(port, "boltzd_http_requests_total") - before - h.total - 1
    open_now = gauges(port, "boltzd_http_connections")
    if other:
        other.terminate()
        other.join()
        ended = time.monotonic()
        while gauges(port, "boltzd_http_requests_in_flight") > 1 and time.monotonic() < ended + 60:
            time.sleep(0.1)  # the daemon does not see that a client has left whose next request lies unread before the end
        time.sleep(0.5)
    return [1e3 * x for x in (h.quantile(0.5), h.quantile(0.99), h.quantile(0.999), own.quantile(0.99))] + [others / took, open_now]


def compare(what, port, loops, want, failures, real_time):
    """Quiet rounds and rounds beside misbehaving clients, alternating, so that other load on the machine affects both."""
    seen = {False: [], True: []}
    for k in range(2 * rounds):
        seen[bool(k % 2)].append(measure(what if k % 2 else None, port, loops, want, failures, real_time))
    middle = {loud: [statistics.median(x) for x in zip(*of)] for loud, of in seen.items()}
    for loud in (False, True):
        p50, p99, p999, own, others, open_now = middle[loud]  # own: without what the loop waits for a processor
        print(f"{what.__name__ if loud else 'quiet':18} {others:7.0f} requests/s of others, {open_now:4.0f} connections: p50 {p50:.2f} ms, "
              f"p99 {p99:.2f} ms ({p99 / middle[False][1]:.1f} x quiet; {own:.2f} ms and {own / middle[False][3]:.1f} x without the loop's waits for a processor), p999 {p999:.2f} ms", flush=True)


def main():
    work = tempfile.mkdtemp()
    repository = os.path.join(work, "models")
    os.mkdir(repository)
    shutil.copytree(os.path.join(models, MODEL), os.path.join(repository, MODEL))
    daemon = subprocess.Popen([boltzd, "--model-repository", repository, "--listen", "127.0.0.1:0", "--client-concurrency", "16", "--write-timeout", "2s",
                               "--half-close-grace", "0"], stderr=subprocess.PIPE,
                              start_new_session=True, preexec_fn=lambda: place(CPUS[:-2] if ONES_OWN else CPUS[:1], -20))
    port = next(int(m.group(1)) for m in (re.search(rb"http://127.0.0.1:(\d+)", line) for line in daemon.stderr) if m)
    drain = subprocess.Popen(["cat"], stdin=daemon.stderr, stdout=subprocess.DEVNULL)
    failures = []
    while ask(port, "GET", "/v2/health/ready")[0] != 200:
        time.sleep(0.05)
    real_time = place(CPUS[-1:], 0, os.SCHED_FIFO)
    loops = Loops(daemon.pid)
    want = ask(port, "POST", f"/v1/models/{MODEL}/features", BODY)[1]
    descriptors = gauges(port, "process_open_fds")
    for what in attacks.ALL:
        if what.__name__ in names:
            compare(what, port, loops, want, failures, real_time)
    for _ in range(300):  # anything left over is noticed only by timeouts
        in_flight, now = gauges(port, "boltzd_http_requests_in_flight") - 1, gauges(port, "process_open_fds")
        if in_flight == 0 and now <= descriptors:
            break
        time.sleep(0.1)
    else:
        failures.append(f"left behind: {in_flight:.0f} requests in flight, {now - descriptors:.0f} descriptors")
    daemon.terminate()
    if daemon.wait(60) != 0:
        failures.append(f"exit status {daemon.returncode}")
    drain.terminate()
    shutil.rmtree(work)
    for f in failures[:10]:
        print("FAILED:", f)
    sys.exit(1 if failures else 0)


main()
