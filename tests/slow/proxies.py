"""One proxy before two replicas: proxies.py NAME BOLTZD MODELS DEPLOY FOLDER. Prints what was measured; exit 1 if a promise was broken."""
import http.client, os, re, shutil, signal, socket, subprocess, sys, threading, time

name, boltzd, models, deploy, work = sys.argv[1:]
MODEL = "mnist-rbm"
TARGET = f"/v1/models/{MODEL}/sample?count=2&steps=2&seed=5"
# configuration, command, whether it checks for a model (or tries the other replica after a 503), failures allowed on kill -9
PROXIES = {
    "haproxy": ("haproxy.cfg", "haproxy -db -f {conf}", True, 2),
    "nginx": ("nginx.conf", "nginx -p {work} -c {conf} -e stderr -g 'daemon off; pid {work}/nginx.pid; user root;'", True, 2),
    "apache2": ("apache.conf", "apache2 -X -d {work} -f {conf}", True, 2),
    "lighttpd": ("lighttpd.conf", "lighttpd -D -f {conf}", False, 2),
    "varnishd": ("varnish.vcl", "varnishd -F -n {work}/v -a 127.0.0.1:{front} -f {conf} -s malloc,100m", True, 2),
    "squid": ("squid.conf", "squid -N -f {conf}", False, 2),
    "caddy": ("Caddyfile", "caddy run --adapter caddyfile --config {conf}", True, None),  # any number within its check interval
    "envoy": ("envoy.yaml", "envoy -c {conf} --concurrency 2 --log-level error", True, 2),
    "traefik": ("traefik.yaml", "traefik --providers.file.filename={conf} --entryPoints.web.address=127.0.0.1:{front} "
                "--entryPoints.web.transport.respondingTimeouts.readTimeout=0s", True, None),
}
conf_name, command, asks, lost_at_most = PROXIES[name]


def free_ports(n):
    held = [socket.socket() for _ in range(n)]
    for s in held:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in held]
    for s in held:
        s.close()
    return ports


front, *ports = free_ports(3)
conf = os.path.join(work, conf_name)
text = open(os.path.join(deploy, conf_name)).read().replace("MODEL", MODEL)
for old, new in (("8200", front), ("8201", ports[0]), ("8202", ports[1])):
    text = re.sub(rf"\b{old}\b", str(new), text)
if name == "apache2":
    mods = "/usr/lib/apache2/modules"
    load = "mpm_event authz_core proxy proxy_http proxy_balancer proxy_hcheck slotmem_shm lbmethod_byrequests watchdog".split()
    text = "".join(f"LoadModule {m}_module {mods}/mod_{m}.so\n" for m in load if os.path.exists(f"{mods}/mod_{m}.so")) \
        + f"PidFile {work}/apache.pid\nErrorLog {work}/error.log\n" + text
if name == "squid":
    text += f"pid_filename {work}/squid.pid\ncache_log {work}/cache.log\naccess_log none\ncoredump_dir {work}\n"
    subprocess.run(["chmod", "777", work])
open(conf, "w").write(text)


def start(i, repository=models):
    p = subprocess.Popen([boltzd, "--model-repository", repository, "--listen", f"127.0.0.1:{ports[i]}", "--allowed-host", "localhost",
                          "--trusted-proxy", "127.0.0.1", "--drain-delay", "3500ms", "--drain-timeout", "4s", "--log-level", "error"],
                         stderr=subprocess.DEVNULL)
    for _ in range(200):
        try:
            if ask(ports[i], "GET", f"/v2/models/{MODEL}/ready" if repository == models else "/v2/health/live")[0] == 200:
                return p
        except OSError:
            pass
        time.sleep(0.05)
    sys.exit("a replica does not start")


def ask(port, method, target, body=None, headers={}):
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    c.request(method, target, body, {"Host": "localhost", **headers})
    r = c.getresponse()
    data = r.read()
    c.close()
    return r.status, data


class Load:
    """Requests one after the other on some threads until n are done; what was not the right bytes is counted."""

    def __init__(self, n, threads=4):
        self.left, self.failed, self.lock, self.why = n, 0, threading.Lock(), {}
        self.threads = [threading.Thread(target=self.run) for _ in range(threads)]
        for t in self.threads:
            t.start()

    def run(self):
        while True:
            with self.lock:
                if self.left == 0:
                    return
                self.left -= 1
            try:
                status, data = ask(front, "POST", TARGET, b"{}", {"Content-Type": "application/json"})
                why = None if (status, data) == (200, want) else status
            except Exception as e:
                why = type(e).__name__
            if why is not None:
                if os.environ.get("PROXIES_TELL"):
                    print(f"{time.time() % 1000:.3f} {why} {data[:200] if why != type(why) else ''}", flush=True)
                with self.lock:
                    self.failed += 1
                    self.why[why] = self.why.get(why, 0) + 1
            time.sleep(0.03)

    def wait(self):
        for t in self.threads:
            t.join()
        return self.failed


broken = []
replicas = [start(0), start(1)]
want = ask(ports[0], "POST", TARGET, b"{}")[1]
proxy = subprocess.Popen(command.format(conf=conf, work=work, front=front), shell=True, stdout=open(f"{work}/out", "w"), stderr=subprocess.STDOUT,
                         start_new_session=True)
try:
    for _ in range(200):
        try:
            if ask(front, "POST", TARGET, b"{}") == (200, want):
                break
        except OSError:
            pass
        time.sleep(0.1)
    else:
        sys.exit(f"{name}: no right answer through it; it said:\n" + open(f"{work}/out").read()[-2000:])
    time.sleep(2)

    rows = 2650  # 8.3 MB
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, 784), }}"
    header = header + " " * (-(11 + len(header)) % 64) + "\n"
    npy = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + bytes(4 * 784 * rows)
    status, data = ask(front, "POST", f"/v1/models/{MODEL}/free-energy?format=npy", npy, {"Content-Type": "application/x-npy"})
    if status != 200 or len(data) < 8 * rows:
        broken.append(f"8 MB body: {status}")

    c = http.client.HTTPConnection("127.0.0.1", front, timeout=30)
    begun = time.time()
    c.request("POST", f"/v1/models/{MODEL}/sample?format=sse&count=16&steps=600&every=20", b"{}", {"Host": "localhost"})
    r = c.getresponse()
    first = r.read(1)
    first_s = time.time() - begun
    whole = first + r.read()
    whole_s = time.time() - begun
    if r.status != 200 or b"event: done" not in whole:
        broken.append(f"stream: {r.status}, {len(whole)} bytes")

    load = Load(1000)
    for i in range(2):
        time.sleep(1)
        replicas[i].terminate()
        replicas[i].wait()
        replicas[i] = start(i)
        time.sleep(3)  # until the proxy has noticed
    rolled, why = load.wait(), load.why
    if rolled:
        broken.append(f"rolling restart: {rolled} of 1000 failed {load.why}")

    load = Load(700)
    time.sleep(1)
    replicas[1].kill()
    replicas[1].wait()
    killed = load.wait()
    if lost_at_most is not None and killed > lost_at_most:
        broken.append(f"kill -9: {killed} of 700 failed {load.why}")

    without = "not asked"
    if asks:
        other = os.path.join(work, "repository")
        shutil.copytree(models, other)
        for root, _, files in os.walk(os.path.join(other, MODEL)):
            for f in files:
                if f.endswith(".safetensors"):
                    open(os.path.join(root, f), "w").write("broken")
        replicas[1] = start(1, other)
        time.sleep(3)
        Load(20).wait()  # some recheck a member only when a request comes
        time.sleep(2.5)
        load = Load(400)
        without = load.wait()
        if without:
            broken.append(f"a replica without the model: {without} of 400 failed {load.why}")
        without = f"{without} of 400"
    print(f"{name}: stream first byte {first_s:.2f} s, whole {whole_s:.2f} s; failed: rolling restart {rolled} of 1000 {why or ''}, kill -9 {killed} of 700, "
          f"a replica without the model {without}")
finally:
    os.killpg(proxy.pid, signal.SIGTERM)
    for p in replicas:
        p.kill()
        p.wait()
    try:
        proxy.wait(5)
    except subprocess.TimeoutExpired:
        os.killpg(proxy.pid, signal.SIGKILL)
for line in broken:
    print(f"{name}: {line}")
sys.exit(1 if broken else 0)
