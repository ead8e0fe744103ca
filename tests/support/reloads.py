"""One reload after another, each of which loads one version and retires another: reloads.py N BOLTZD MODELS. Prints the slope of memory use."""
import http.client, json, os, re, shutil, signal, subprocess, sys, tempfile, threading, time

n, boltzd, models = int(sys.argv[1]), sys.argv[2], sys.argv[3]
work = tempfile.mkdtemp()
folder = os.path.join(work, "models", "m")
for v in (1, 2):
    shutil.copytree(os.path.join(models, "mnist-classifier", "1"), os.path.join(folder, str(v)))
daemon = subprocess.Popen([boltzd, "--model-repository", os.path.dirname(folder), "--listen", "127.0.0.1:0"], stderr=subprocess.PIPE, text=True)
port = next(int(m.group(1)) for m in (re.search(r"http://127.0.0.1:(\d+)", line) for line in daemon.stderr) if m)
served = threading.Event()
changed = re.compile(r"version (\d+) in service")
latest = [0]


def read_log():
    for line in daemon.stderr:
        m = changed.search(line)
        if m:
            latest[0] = int(m.group(1))
            served.set()


threading.Thread(target=read_log, daemon=True).start()
c = http.client.HTTPConnection("127.0.0.1", port, timeout=60)


def ask(method, target, body=None):
    c.request(method, target, body)
    r = c.getresponse()
    return r.status, r.read()


def metric(name):
    return float(re.search(rf"^{name} (\S+)", ask("GET", "/metrics")[1].decode(), re.M).group(1))


while ask("GET", "/v2/health/ready")[0] != 200:
    time.sleep(0.05)
errors, points = [], []
row = json.dumps({"inputs": [[0] * 784]})
first = None
for i in range(n):
    want = 1 + i % 2
    with open(os.path.join(folder, "aliases.new"), "w") as f:
        f.write(f"default = {want}\n")
    os.rename(os.path.join(folder, "aliases.new"), os.path.join(folder, "aliases"))
    served.clear()
    daemon.send_signal(signal.SIGHUP)
    while latest[0] != want:
        if not served.wait(60):
            sys.exit(f"reload {i}: version {want} did not come into service")
        served.clear()
    if i % 20 == 0:
        status, data = ask("POST", "/v1/models/m/features?format=npy", row)
        first = first or data
        if status != 200 or data != first:
            errors.append(f"reload {i}: {status}, other bytes")
    if i % max(1, n // 100) == 0:
        points.append((i, metric("process_resident_memory_bytes") / 1024, metric("process_open_fds")))
late = points[len(points) // 3:]
mi, my = (sum(p[k] for p in late) / len(late) for k in (0, 1))
slope = sum((i - mi) * (y - my) for i, y, _ in late) / max(1, sum((i - mi) ** 2 for i, _, _ in late))
spread = max(y for _, y, _ in late) - min(y for _, y, _ in late)
print(f"{n} reloads: resident {late[0][1]:.0f} to {late[-1][1]:.0f} KiB, slope {1000 * slope:.1f} KiB a thousand reloads, within {spread:.0f} KiB; "
      f"descriptors {points[0][2]:.0f} to {points[-1][2]:.0f}")
# readings may differ by 8 MiB, depending on whether a version is being loaded
if slope * n > 16384 or points[-1][2] > points[0][2]:
    errors.append("something grows")
daemon.terminate()
if daemon.wait(60) != 0:
    errors.append(f"exit status {daemon.returncode}")
shutil.rmtree(work)
for e in errors[:10]:
    print(e)
sys.exit(1 if errors else 0)
