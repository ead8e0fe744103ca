"""What serving one-row requests costs, for bench/side_by_side.py: rates beside a bare libmicrohttpd and aiohttp with PyTorch, their delay
when they come whether or not earlier ones were answered, starts."""
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

import numpy as np

from peers import torch

HERE = os.path.dirname(os.path.abspath(__file__))
MODELS = os.path.join(HERE, "..", "models")
SECONDS, CLIENTS = 2, 32


def ready(port, path="/v2/health/ready", within=60.0):
    end = time.monotonic() + within
    while True:
        try:
            return urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5).status
        except urllib.error.HTTPError as error:
            if error.code not in (502, 503):
                return error.code
        except OSError:
            pass
        if time.monotonic() > end:
            sys.exit(f"bench: nothing answers at port {port}")
        time.sleep(0.0005)


class Servers:
    """The daemon, the bare server with one event loop and with one on each CPU, and two processes of aiohttp: all of them live to the end
    and take turns."""

    def __init__(self, bin_dir):
        self.bin, self.work, self.started = bin_dir, tempfile.mkdtemp(), []
        self.port = random.randrange(20000, 29000)
        self.start([f"{bin_dir}/boltzd", "--model-repository", MODELS, "--listen", f"127.0.0.1:{self.port}"])
        ready(self.port)
        self.make_rows()

    def start(self, command):
        fixed = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS") + (() if "python3" in command[0] else ("OPENBLAS_CORETYPE",))
        environment = {name: value for name, value in os.environ.items() if name not in fixed}
        self.started.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                             env=environment))
        return self.started[-1]

    def ask(self, path, body=b""):
        return urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{self.port}/v1/models/mnist-rbm/{path}", body)).read()

    def make_rows(self):
        rows = np.frombuffer(self.ask("sample?format=raw&count=64&steps=500&seed=1"), np.float32).reshape(64, -1)
        bodies = [json.dumps({"inputs": [row.astype(int).tolist()]}, separators=(",", ":")).encode() for row in rows]
        self.json_bytes = len(bodies[0])
        for name, content in (("raw", rows.tobytes()), ("json", b"\n".join(bodies) + b"\n"), ("json-plain", b"".join(bodies))):
            with open(f"{self.work}/{name}", "wb") as out:
                out.write(content)
        reply = len(self.ask("features", bodies[0]))
        self.bare = {}
        for kind, size, content_type in (("raw", 2000, "application/octet-stream"), ("json", reply, "application/json")):
            for loops in (1, os.cpu_count()):
                self.bare[kind, loops] = self.port + 1 + len(self.bare)
                self.start([f"{self.bin}/bench_http_bare", str(self.bare[kind, loops]), str(loops), str(size), content_type])
                ready(self.bare[kind, loops], "/")
        self.aiohttp = None
        if torch:
            from safetensors_of import arrays  # the shipped machine, so that it is read only once
            np.savez(f"{self.work}/w.npz", **arrays(f"{MODELS}/mnist-rbm/1/model.safetensors"))
            self.aiohttp = self.port + 9
            for _ in range(2):
                self.start(["/usr/bin/python3", f"{HERE}/aiohttp_peer.py", str(self.aiohttp), f"{self.work}/w.npz"])
            ready(self.aiohttp, "/")
            time.sleep(3)  # for the second one

    def rate(self, url, kind, clients=CLIENTS):
        bytes_each, content_type = (3136, "application/octet-stream") if kind == "raw" else (0, "application/json")
        text = subprocess.run(["wrk", "-t1", f"-c{clients}", f"-d{SECONDS}s", "-s", f"{HERE}/post.lua", url, "--",
                               f"{self.work}/{kind}", str(bytes_each), content_type], check=True, capture_output=True, text=True).stdout
        line = next(line for line in text.splitlines() if line.startswith("RESULT")).split()
        if line[4] != "0":
            sys.exit(f"bench: {url}: {line[4]} errors")
        return float(line[1])

    def ours(self, kind):
        return f"http://127.0.0.1:{self.port}/v1/models/mnist-rbm/features" + ("?format=raw" if kind == "raw" else "")

    def rates(self, kind):
        """{who: requests a second} of one round."""
        found = {"boltz": self.rate(self.ours(kind), kind)}
        found["bare"] = max(self.rate(f"http://127.0.0.1:{self.bare[kind, loops]}/", kind) for loops in {1, os.cpu_count()})
        if self.aiohttp:
            found["aiohttp"] = self.rate(f"http://127.0.0.1:{self.aiohttp}/{kind}", kind)
        return found

    def late(self, port, path, rate):
        """99th percentile of the delay in us at so many requests a second."""
        text = subprocess.run([f"{self.bin}/bench_open_loop", str(port), path, f"{self.work}/raw", "3136", "application/octet-stream",
                               str(rate), str(2 * SECONDS)], check=True, capture_output=True, text=True).stdout
        return float(text.split()[2])

    def delays(self, peak):
        return {"boltz": self.late(self.port, "/v1/models/mnist-rbm/features?format=raw", peak / 2),
                "bare": self.late(self.bare["raw", os.cpu_count()], "/", peak / 2)}

    def stop(self):
        for process in self.started:
            process.stdin.close()
            process.send_signal(signal.SIGTERM)
        for process in self.started:
            process.wait()
        shutil.rmtree(self.work)


def start_time(bin_dir, repository):
    """Seconds until the daemon says that it is ready."""
    port = random.randrange(29100, 29900)
    start = time.monotonic()
    process = subprocess.Popen([f"{bin_dir}/boltzd", "--model-repository", repository, "--listen", f"127.0.0.1:{port}"],
                               stderr=subprocess.DEVNULL)
    ready(port)
    spent = time.monotonic() - start
    process.send_signal(signal.SIGTERM)
    process.wait()
    return spent


def many_models(folder, n):
    for i in range(n):
        os.makedirs(f"{folder}/m{i}/1", exist_ok=True)
        path = f"{folder}/m{i}/1/model.safetensors"
        if not os.path.exists(path):
            os.link(f"{folder}/first", path)
