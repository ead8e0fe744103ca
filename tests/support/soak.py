"""The load of scripts/soak: soak.py SECONDS BOLTZD MODELS."""
import http.client, json, os, random, re, shutil, signal, subprocess, sys, tempfile, threading, time

seconds, boltzd, models = float(sys.argv[1]), sys.argv[2], sys.argv[3]
work = tempfile.mkdtemp()
repository = os.path.join(work, "models")
os.mkdir(repository)
shutil.copytree(os.path.join(models, "mnist-rbm"), os.path.join(repository, "steady"))
for v in (1, 2):
    shutil.copytree(os.path.join(models, "mnist-rbm", "1"), os.path.join(repository, "moving", str(v)))
port, errors, done, stop = None, [], 0, threading.Event()
daemon = subprocess.Popen([boltzd, "--model-repository", repository, "--listen", "127.0.0.1:0", "--log-level", "info"], stderr=subprocess.PIPE, text=True)
lines = iter(daemon.stderr)
for line in lines:
    at = re.search(r"listening on http://127.0.0.1:(\d+)", line)
    if at:
        port = int(at.group(1))
        break
threading.Thread(target=lambda: [None for _ in lines], daemon=True).start()


def ask(method, target, body=None, keep=None):
    c = keep or http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    c.request(method, target, body)
    r = c.getresponse()
    data = r.read()
    if not keep:
        c.close()
    return r.status, data


def metric(name):
    text = ask("GET", "/metrics")[1].decode()
    return float(re.search(rf"^{name} (\S+)", text, re.M).group(1))


rows = json.dumps({"inputs": [[i % 2 for i in range(784)]] * 3}).encode()
questions = [("features", rows), ("free-energy", rows), ("reconstruct?seed=3", rows), ("sample?seed=4&count=5&steps=20", b"{}"),
             ("sample?seed=4&count=2&steps=40&every=10&format=ndjson", b"{}"), ("features?format=npy", rows), ("sample?seed=1&count=400&steps=2", b"{}")]
while ask("GET", "/v2/health/ready")[0] != 200:
    time.sleep(0.05)
quiet = {q: ask("POST", "/v1/models/steady/" + q, b)[1] for q, b in questions}


def worker(seed):
    global done
    rng = random.Random(seed)
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    while not stop.is_set():
        q, b = rng.choice(questions)
        model = rng.choice(["steady", "steady", "moving"])
        try:
            if rng.random() < 0.05:  # a client that leaves
                gone = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                gone.request("POST", f"/v1/models/{model}/sample?count=64&steps=100000", b"{}")
                time.sleep(rng.random() * 0.1)
                gone.close()
                continue
            status, data = ask("POST", f"/v1/models/{model}/{q}", b, c)
            if status not in (200, 503):
                errors.append(f"{model}/{q}: {status} {data[:200]}")
            elif status == 200 and model == "steady" and data != quiet[q]:
                errors.append(f"{q}: other bytes than in a quiet run")
        except Exception as e:
            errors.append(f"{model}/{q}: {e!r}")
            c = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        done += 1


def publish():
    rng, version = random.Random(9), 3
    while not stop.is_set():
        folder = os.path.join(repository, "moving", str(version))
        stage = os.path.join(repository, "moving", ".new")
        shutil.copytree(os.path.join(models, "mnist-rbm", "1"), stage)
        if rng.random() < 0.3:
            open(os.path.join(stage, "model.safetensors"), "w").write("broken")
        os.rename(stage, folder)
        if version > 6:
            shutil.rmtree(os.path.join(repository, "moving", str(version - 5)))
        version += 1
        daemon.send_signal(signal.SIGHUP)
        time.sleep(0.5)
    print(f"{version - 3} versions published, a reload each")


threads = [threading.Thread(target=worker, args=(i,)) for i in range(6)] + [threading.Thread(target=publish)]
for t in threads:
    t.start()
points, begun = [], time.time()
while time.time() - begun < seconds and not errors:
    time.sleep(max(1, seconds / 60))
    points.append((time.time() - begun, metric("process_resident_memory_bytes") / 2**20))
stop.set()
for t in threads:
    t.join()
late = points[len(points) // 3:]  # the first third warms up
mt, my = (sum(p[k] for p in late) / len(late) for k in (0, 1))
slope = sum((t - mt) * (y - my) for t, y in late) / max(1e-9, sum((t - mt) ** 2 for t, _ in late)) * 3600
spread = max(y for _, y in late) - min(y for _, y in late)
for _ in range(200):
    left = metric("boltzd_http_requests_in_flight") - 1
    if left == 0:
        break
    time.sleep(0.1)
print(f"{done} requests in {seconds:.0f} s; resident {late[0][1]:.1f} to {late[-1][1]:.1f} MiB, slope {slope:.1f} MiB an hour, within {spread:.1f} MiB; "
      f"left in flight {left:.0f}, descriptors {metric('process_open_fds'):.0f}")
if left:
    errors.append(f"{left:.0f} requests are left in flight")
if slope * seconds / 3600 > max(16, spread):
    errors.append("resident memory grows")
daemon.terminate()
if daemon.wait(60) != 0:
    errors.append(f"exit status {daemon.returncode}")
shutil.rmtree(work)
for e in errors[:10]:
    print(e)
sys.exit(1 if errors else 0)
