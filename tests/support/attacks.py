"""Misbehaving clients, each a function of a daemon's port that runs until it is stopped."""
import asyncio, json, re, selectors, socket, time

MODEL = "mnist-rbm"
BODY = json.dumps({"inputs": [[i % 2 for i in range(784)]]}).encode()
SLOW = 1000
THEM = ("127.0.0.2", 0)  # not the watched client's address


def request(target, body, more=""):
    return f"POST {target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body


async def answer(reader):
    head = await reader.readuntil(b"\r\n\r\n")
    size = int(re.search(rb"(?i)content-length: (\d+)", head).group(1))
    return int(head.split()[1]), await reader.readexactly(size)


def many(n, one):
    """Runs n of a coroutine, each again when its connection has ended."""
    async def again(i):
        while True:
            try:
                await one(i)
            except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                await asyncio.sleep(0.1)

    async def everyone():
        await asyncio.gather(*(again(i) for i in range(n)))
    asyncio.run(everyone())


def connect(port, limit=1 << 16):
    return asyncio.open_connection("127.0.0.1", port, local_addr=THEM, limit=limit)


def pump(port, n, data, piece=16384, turns=False):
    """n connections that send data over and over as fast as it is taken, and throw away what they get; with `turns`, once for
    each answer."""
    events, sink, view = selectors.DefaultSelector(), bytearray(1 << 18), memoryview(data)

    def begin():
        s = socket.socket()
        s.bind(THEM)
        s.connect(("127.0.0.1", port))
        s.setblocking(False)
        events.register(s, selectors.EVENT_READ | selectors.EVENT_WRITE, [0])

    def end(s):
        events.unregister(s)
        s.close()
        try:
            begin()
        except OSError:
            time.sleep(0.1)

    for _ in range(n):
        begin()
    while True:
        for key, ready in events.select(1):
            s, at = key.fileobj, key.data
            try:
                if ready & selectors.EVENT_READ:
                    if not s.recv_into(sink):
                        end(s)
                        continue
                    if turns:
                        events.modify(s, selectors.EVENT_READ | selectors.EVENT_WRITE, at)
                elif ready & selectors.EVENT_WRITE:
                    at[0] = (at[0] + s.send(view[at[0]:at[0] + piece])) % len(data)
                    if turns and at[0] == 0:
                        events.modify(s, selectors.EVENT_READ, at)
            except BlockingIOError:
                pass
            except OSError:
                end(s)


# ---- slow ones

def slow_connections(port):
    """Connections that send one byte of the request head now and then."""
    async def one(i):
        _, w = await connect(port)
        for byte in b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: " + b"x" * 1000:
            w.write(bytes([byte]))
            await w.drain()
            await asyncio.sleep(1 + i % 7 / 7)
    many(SLOW, one)


def half_bodies(port):
    """Requests whose bodies stop in the middle; some of them then close the connection."""
    async def one(i):
        _, w = await connect(port)
        w.write(request(f"/v1/models/{MODEL}/features", b"x" * 1000000)[:20000 + i])
        await w.drain()
        await asyncio.sleep(0.5 if i % 2 else 60)
        w.close()
    many(200, one)


def empty_promises(port):
    """Expect: 100-continue, and then no body; a third of them close their sending side while they wait."""
    async def one(i):
        r, w = await connect(port)
        w.write(request(f"/v1/models/{MODEL}/features", b"x" * 1000, "Expect: 100-continue\r\n")[:-1000])
        await r.readuntil(b"\r\n\r\n")
        if i % 3 == 0:
            w.write_eof()
        await asyncio.sleep(0.2 + i % 5)
        w.close()
    many(SLOW, one)


def closed_streams(port):
    """Streams whose readers leave after the first bytes, or never read."""
    async def one(i):
        r, w = await connect(port, 4096)
        w.write(request(f"/v1/models/{MODEL}/sample?format=ndjson&steps=100000&every=10&count=4", b"{}"))
        await r.readexactly(100)
        await asyncio.sleep(0.2 if i % 2 else 5)
        w.close()
    many(50, one)


def slow_streams(port):
    """Server-sent events that are read, but slowly: a few kilobytes ten times a second."""
    async def one(i):
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        s.bind(THEM)
        s.setblocking(False)
        await asyncio.get_running_loop().sock_connect(s, ("127.0.0.1", port))
        r, w = await asyncio.open_connection(sock=s, limit=2048)
        w.write(request(f"/v1/models/{MODEL}/sample?format=sse&steps=1000000&every=1&count=4", b"{}"))
        while await r.read(4096):
            await asyncio.sleep(0.1)
    many(200, one)


# ---- many or large ones

def pipelined(port):
    """Requests sent without waiting for answers, on 16 connections of one address."""
    pump(port, 16, request(f"/v1/models/{MODEL}/features?format=raw", BODY) * 20)


def pipelined_many(port):
    """The same on 500 connections."""
    pump(port, 500, request(f"/v1/models/{MODEL}/features?format=raw", BODY) * 5, 4096)


def not_found(port):
    """Requests of what is not there, the next one after each answer, on 256 connections."""
    pump(port, 256, b"GET /v1/models/none HTTP/1.1\r\nHost: localhost\r\n\r\n", turns=True)


def large_heads(port):
    """Heads just below the limit: 200 headers, 15 kB."""
    lines = "".join(f"X-Filler-{i}: {'y' * 60}\r\n" for i in range(200))
    pump(port, 64, f"GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n".encode(), turns=True)


def small_chunks(port):
    """Bodies in chunks of one byte."""
    head = f"POST /v1/models/{MODEL}/features HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    pump(port, 16, head + b"".join(b"1\r\n%c\r\n" % byte for byte in BODY) + b"0\r\n\r\n", turns=True)


def large_replies(port):
    """Replies of 4 MB of JSON each, read as fast as they come, on 12 connections."""
    pump(port, 12, request(f"/v1/models/{MODEL}/sample?count=2500&steps=1", b"{}"))


def flood(port):
    """Large requests from one address, 32 at a time."""
    body = json.dumps({"inputs": [[i % 2 for i in range(784)]] * 100}).encode()

    async def one(_):
        r, w = await connect(port, 1 << 26)
        while True:
            w.write(request(f"/v1/models/{MODEL}/sample?format=raw&count=200&steps=200", b"{}"))
            w.write(request(f"/v1/models/{MODEL}/features?format=npy", body))
            await answer(r)
            await answer(r)
    many(32, one)


ALL = (slow_connections, half_bodies, closed_streams, pipelined, flood, pipelined_many, not_found, large_heads, small_chunks, large_replies,
       empty_promises, slow_streams)
