"""Misbehaving clients, and what other clients see meanwhile: hostile.py SECONDS BOLTZD MODELS [ROUNDS].
One client sends requests at fixed times, whether or not earlier answers have arrived (an open loop: a server that
stalls gets no fewer requests), and measures each latency from the moment the request was due. In turn, each in its
own process: slow connections, bodies that never end, streams that are closed, requests that do not wait for answers,
large requests from one address; before each, a run with no other client; both are repeated ROUNDS times (default 1).
Prints percentiles, medians of the rounds; exit 1 if an answer was lost or wrong, or if anything is left behind.
Timings do not affect the result.
"""
import asyncio, http.client, json, math, multiprocessing, os, re, resource, shutil, signal, statistics, subprocess, sys, tempfile, time

seconds, boltzd, models = float(sys.argv[1]), sys.argv[2], sys.argv[3]
rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 1
RATE = 50  # requests per second of the watched client
SLOW = 1000
MODEL = "mnist-rbm"
BODY = json.dumps({"inputs": [[i % 2 for i in range(784)]]}).encode()
resource.setrlimit(resource.RLIMIT_NOFILE, (min(8192, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),) * 2)


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


def request(target, body, more=""):
    return f"POST {target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body


async def answer(reader):
    head = await reader.readuntil(b"\r\n\r\n")
    size = int(re.search(rb"(?i)content-length: (\d+)", head).group(1))
    return int(head.split()[1]), await reader.readexactly(size)


# ---- the misbehaving clients; each runs until it is stopped

async def slow_connections(port):
    """Connections that send one byte of the request head now and then."""
    async def one(i):
        while True:
            try:
                _, w = await asyncio.open_connection("127.0.0.1", port, local_addr=("127.0.0.2", 0))
                for byte in b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: " + b"x" * 1000:
                    w.write(bytes([byte]))
                    await w.drain()
                    await asyncio.sleep(1 + i % 7 / 7)
            except OSError:
                await asyncio.sleep(0.5)
    await asyncio.gather(*(one(i) for i in range(SLOW)))


async def half_bodies(port):
    """Requests whose bodies stop in the middle; some of them then close the connection."""
    async def one(i):
        while True:
            try:
                _, w = await asyncio.open_connection("127.0.0.1", port, local_addr=("127.0.0.2", 0))
                w.write(request(f"/v1/models/{MODEL}/features", b"x" * 1000000)[:20000 + i])
                await w.drain()
                await asyncio.sleep(0.5 if i % 2 else 60)
                w.close()
            except OSError:
                await asyncio.sleep(0.5)
    await asyncio.gather(*(one(i) for i in range(200)))


async def closed_streams(port):
    """Streams whose readers leave after the first bytes, or never read."""
    async def one(i):
        while True:
            try:
                r, w = await asyncio.open_connection("127.0.0.1", port, local_addr=("127.0.0.2", 0), limit=4096)
                w.write(request(f"/v1/models/{MODEL}/sample?format=ndjson&steps=100000&every=10&count=4", b"{}"))
                await r.readexactly(100)
                await asyncio.sleep(0.2 if i % 2 else 5)
                w.close()
            except (OSError, asyncio.IncompleteReadError):
                await asyncio.sleep(0.1)
    await asyncio.gather(*(one(i) for i in range(50)))


async def pipelined(port):
    """Requests sent without waiting for answers, a hundred at a time, on 16 connections of one address."""
    many = 100 * request(f"/v1/models/{MODEL}/features?format=raw", BODY)

    async def one():
        while True:
            try:
                r, w = await asyncio.open_connection("127.0.0.1", port, local_addr=("127.0.0.2", 0), limit=1 << 20)
                while True:
                    w.write(many)
                    for _ in range(100):
                        await answer(r)
            except (OSError, asyncio.IncompleteReadError):
                await asyncio.sleep(0.1)
    await asyncio.gather(*(one() for _ in range(16)))


async def flood(port):
    """Large requests from one address, 32 at a time."""
    body = json.dumps({"inputs": [[i % 2 for i in range(784)]] * 100}).encode()

    async def one():
        while True:
            try:
                r, w = await asyncio.open_connection("127.0.0.1", port, local_addr=("127.0.0.2", 0), limit=1 << 26)
                while True:
                    w.write(request(f"/v1/models/{MODEL}/sample?format=raw&count=200&steps=200", b"{}"))
                    w.write(request(f"/v1/models/{MODEL}/features?format=npy", body))
                    await answer(r)
                    await answer(r)
            except (OSError, asyncio.IncompleteReadError):
                await asyncio.sleep(0.1)
    await asyncio.gather(*(one() for _ in range(32)))


def misbehave(what, port):
    os.nice(19)  # on a small machine they would take CPU time that the daemon needs
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    asyncio.run(what(port))


# ---- the watched client

async def watch(port, want, failures):
    h, sent, idle, pending = Histogram(), Histogram(), [], set()

    async def one(due):
        began = time.monotonic()
        try:
            r, w = idle.pop() if idle else await asyncio.open_connection("127.0.0.1", port)
            w.write(request(f"/v1/models/{MODEL}/features", BODY))
            got = await asyncio.wait_for(answer(r), 60)
            if got != (200, want):
                failures.append(f"status {got[0]}: {got[1][:200]}")
            idle.append((r, w))
        except (OSError, asyncio.IncompleteReadError, asyncio.TimeoutError) as e:
            failures.append(repr(e))
        h.add(time.monotonic() - due)
        sent.add(time.monotonic() - began)

    begun = time.monotonic()
    for k in range(int(seconds * RATE)):
        due = begun + k / RATE
        await asyncio.sleep(max(0, due - time.monotonic()))
        pending.add(asyncio.ensure_future(one(due)))
    await asyncio.wait(pending)
    for _, w in idle:
        w.close()
    return h, sent


def ask(port, method, target, body=None):
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    c.request(method, target, body)
    r = c.getresponse()
    data = r.read()
    c.close()
    return r.status, data


def gauge(port, name):
    return float(re.search(rf"^{name} (\S+)", ask(port, "GET", "/metrics")[1].decode(), re.M).group(1))


def compare(what, port, want, failures):
    """Quiet rounds and rounds beside misbehaving clients, alternating, so that other load on the machine affects both."""
    seen = {False: [], True: []}
    for k in range(2 * rounds):
        other = multiprocessing.Process(target=misbehave, args=(what, port)) if k % 2 else None
        if other:
            other.start()
            time.sleep(1)
        h, sent = asyncio.run(watch(port, want, failures))
        open_now = gauge(port, "boltzd_http_connections")
        if other:
            other.terminate()
            other.join()
        seen[bool(other)].append([1e3 * x for x in (h.quantile(0.5), h.quantile(0.99), h.quantile(0.999), sent.quantile(0.99))])
    middle = {loud: [statistics.median(x) for x in zip(*of)] for loud, of in seen.items()}
    for loud in (False, True):
        p50, p99, p999, own = middle[loud]  # own: on a busy machine the client itself starts late
        print(f"{what.__name__ if loud else 'quiet':18} {h.total} requests, {open_now if loud else 0:.0f} connections: p50 {p50:.1f} ms, "
              f"p99 {p99:.1f} ms ({p99 / middle[False][1]:.1f} x quiet; {own:.1f} ms from when it was sent), p999 {p999:.1f} ms", flush=True)


def main():
    work = tempfile.mkdtemp()
    repository = os.path.join(work, "models")
    os.mkdir(repository)
    shutil.copytree(os.path.join(models, MODEL), os.path.join(repository, MODEL))
    daemon = subprocess.Popen([boltzd, "--model-repository", repository, "--listen", "127.0.0.1:0", "--client-concurrency", "16", "--write-timeout", "2s",
                               "--half-close-grace", "0"], stderr=subprocess.PIPE, text=True)
    port = next(int(m.group(1)) for m in (re.search(r"http://127.0.0.1:(\d+)", line) for line in daemon.stderr) if m)
    drain = multiprocessing.Process(target=lambda: [None for _ in daemon.stderr])
    drain.start()
    failures = []
    while ask(port, "GET", "/v2/health/ready")[0] != 200:
        time.sleep(0.05)
    want = ask(port, "POST", f"/v1/models/{MODEL}/features", BODY)[1]
    descriptors = gauge(port, "process_open_fds")
    for what in (slow_connections, half_bodies, closed_streams, pipelined, flood):
        compare(what, port, want, failures)
    for _ in range(300):  # anything left over is noticed only by timeouts
        in_flight, now = gauge(port, "boltzd_http_requests_in_flight") - 1, gauge(port, "process_open_fds")
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
