"""Imports files written by other programs and judges each by the free energies stored beside it.

    model_files.py BOLTZ FOLDER    FOLDER holds <program>/NAME and <program>/NAME.expected.json; prints the wrong ones and a score
"""
import glob, itertools, json, math, os, re, struct, subprocess, sys, tempfile


def load(path):
    """A safetensors model: its graph, and its tensors as nested lists."""
    data = open(path, "rb").read()
    n = struct.unpack("<Q", data[:8])[0]
    head = json.loads(data[8:8 + n])
    graph = json.loads(head.pop("__metadata__")["model"])
    tensors = {}
    for name, t in head.items():
        count = math.prod(t["shape"])
        code = {"F32": "f", "F64": "d", "I32": "i", "I64": "q"}[t["dtype"]]
        flat = struct.unpack_from("<%d%s" % (count, code), data, 8 + n + t["data_offsets"][0])
        tensors[name] = flat if len(t["shape"]) == 1 else [flat[i * t["shape"][1]:(i + 1) * t["shape"][1]] for i in range(t["shape"][0])]
    return graph, tensors


def log_normal_cdf(x):
    if x > -30:
        return math.log(math.erfc(-x / math.sqrt(2)) / 2)
    return -x * x / 2 - math.log(-x) - math.log(2 * math.pi) / 2 - 1 / (x * x)


def half_normal(g, s):
    """Log of the integral of exp(g x - x^2/2s) over x >= 0."""
    return math.log(2 * math.pi * s) / 2 + s * g * g / 2 + log_normal_cdf(math.sqrt(s) * g)


class Machine:
    """The energy of docs/FORMAT.md, written out plainly."""

    def __init__(self, path):
        graph, self.t = load(path)
        self.layers = {l["name"]: l for l in graph["layers"]}
        self.couplings = graph["couplings"]

    def variance(self, name):
        s = self.t.get(name + ".log_sigma")
        return [math.exp(2 * x) for x in s] if s else [1.0] * self.layers[name]["size"]

    def offset(self, name):
        return self.t.get(name + ".offset") or [0.0] * self.layers[name]["size"]

    def seen(self, name, x):
        """What couplings see of a layer."""
        scaled = self.layers[name]["unit"] == "gaussian"
        return [(v - o) / (s if scaled else 1) for v, o, s in zip(x, self.offset(name), self.variance(name))]

    def weight(self, a, b):
        w = self.t["%s~%s.weight" % (a, b)]
        index = self.t.get("%s~%s.index" % (a, b))
        if index is None:
            return w
        full = [[0.0] * self.layers[b]["size"] for _ in range(self.layers[a]["size"])]
        for (i, j), x in zip(index, w):
            full[i][j] = x
            if a == b:
                full[j][i] = x
        return full

    def own(self, name, x):
        unit, bias, s = self.layers[name]["unit"], self.t[name + ".bias"], self.variance(name)
        if unit == "gaussian":
            return sum((v - b) ** 2 / (2 * q) for v, b, q in zip(x, bias, s))
        if unit == "relu":
            return sum(v * v / (2 * q) - b * v for v, b, q in zip(x, bias, s))
        if unit == "drelu":
            d, r = self.t[name + ".below"]
            return sum(v * v / (2 * q) - b * v if v >= 0 else v * v / (2 * q * math.exp(2 * y)) - (b + z) * v for v, b, q, z, y in zip(x, bias, s, d, r))
        return -sum(b * (v - o) for v, b, o in zip(x, bias, self.offset(name)))

    def coupled(self, a, b, x, y):
        u, w, v = self.seen(a, x), self.weight(a, b), self.seen(b, y)
        return sum(p * sum(q * r for q, r in zip(row, v)) for p, row in zip(u, w) if p) * (0.5 if a == b else 1)

    def counts(self, name, state):
        """What a layer's bias is multiplied by: the counts of the multinomial layers it is coupled to, else 1."""
        d = [sum(state[a if b == name else b]) for a, b in self.couplings
             if name in (a, b) and self.layers[a if b == name else b]["unit"] == "multinomial"]
        return sum(d) if d and self.layers[name]["role"] == "hidden" else 1

    def energy(self, state):
        return sum(self.own(n, state[n]) * self.counts(n, state) for n in self.layers) - sum(self.coupled(a, b, state[a], state[b]) for a, b in self.couplings)

    def fields(self, hidden, state):
        f = [0.0] * self.layers[hidden]["size"]
        for a, b in self.couplings:
            if hidden not in (a, b):
                continue
            other, w = (a, self.weight(a, b)) if b == hidden else (b, self.weight(a, b))
            u = self.seen(other, state[other])
            for j in range(len(f)):
                f[j] += sum(u[i] * (w[i][j] if b == hidden else w[j][i]) for i in range(len(u)))
        return f

    def free_energy(self, state):
        hidden = [n for n, l in self.layers.items() if l["role"] == "hidden"]
        if len(hidden) == 1 and self.layers[hidden[0]]["unit"] in ("gaussian", "relu", "drelu"):
            return self.summed_out(hidden[0], state)
        values = [list(itertools.product((0.0, 1.0) if self.layers[n]["unit"] == "bernoulli" else (-1.0, 1.0), repeat=self.layers[n]["size"])) for n in hidden]
        e = [-self.energy({**state, **dict(zip(hidden, h))}) for h in itertools.product(*values)]
        return -(max(e) + math.log(sum(math.exp(x - max(e)) for x in e)))

    def summed_out(self, name, state):
        rest = sum(self.own(n, state[n]) for n in self.layers if n != name)
        rest -= sum(self.coupled(a, b, state[a], state[b]) for a, b in self.couplings if name not in (a, b))
        total = 0
        below = self.t.get(name + ".below") or [[0] * self.layers[name]["size"]] * 2
        for f, c, o, s, z, y in zip(self.fields(name, state), self.t[name + ".bias"], self.offset(name), self.variance(name), *below):
            if self.layers[name]["unit"] == "gaussian":
                total += f * (c - o) / s + f * f / (2 * s) + math.log(2 * math.pi * s) / 2
            else:
                up = half_normal(f + c, s)
                down = half_normal(-(f + c + z), s * math.exp(2 * y)) if self.layers[name]["unit"] == "drelu" else -math.inf
                total += max(up, down) + math.log1p(math.exp(-abs(up - down))) - f * o
        return rest - total


def shown(layers):
    return [l for role in ("visible", "label") for l in layers if l["role"] == role]


def states_of(expected, layers):
    """One {layer: values} per state; sequences become one-hot groups."""
    want = shown(expected["layers"])
    given = expected.get("states")
    if not given:
        letters, columns = want[0]["categories"], expected.get("columns_used")
        given = {want[0]["name"]: [[float(a == s[c]) for c in (columns or range(len(s))) for a in letters] for s in expected["sequences"]]}
    names = {w["name"]: h["name"] for w, h in zip(want, layers)}
    count = len(next(iter(given.values())))
    return [{names[n]: x[i] for n, x in given.items() if n in names} for i in range(count)]


def judge(machine, expected):
    layers = shown(list(machine.layers.values()))
    if [(l["unit"], l["size"]) for l in shown(expected["layers"])] != [(l["unit"], l["size"]) for l in layers]:
        return "layers %s, expected %s" % ([(l["unit"], l["size"]) for l in layers], [(l["unit"], l["size"]) for l in shown(expected["layers"])])
    f = [machine.free_energy(s) for s in states_of(expected, layers)]
    d = [a - b for a, b in zip(f, expected["free_energy_by_the_program"])]
    spread = max(d) - min(d)
    return None if spread <= 2e-4 + 1e-5 * max(map(abs, f)) else "free energies differ by %s" % d


TARGETS = ["sklearn", "rbms", "adabmdca", "julia", "ccmpred", "plmc", "npz", "safetensors"]


def network_energies(linear, quadratic, hidden, visible_states, binary):
    """Free energies of energies over named nodes, the hidden ones summed out."""
    shown = [n for n in linear if n not in hidden]
    out = []
    for v in visible_states:
        values = dict(zip(shown, v))
        e = []
        for h in itertools.product((0.0, 1.0) if binary else (-1.0, 1.0), repeat=len(hidden)):
            s = {**values, **dict(zip(hidden, h))}
            e.append(-sum(x * s[n] for n, x in linear.items()) - sum(x * s[a] * s[b] for (a, b), x in quadratic.items()))
        out.append(-(max(e) + math.log(sum(math.exp(x - max(e)) for x in e))))
    return out


def differ(f, wanted):
    d = [a - b for a, b in zip(f, wanted)]
    return max(d) - min(d) > 2e-4 + 1e-5 * max(map(abs, f))


def judge_networks(boltz, model, expected, work):
    """bqm and dwave: the file's own energies."""
    machine = Machine(model)
    states = [[x for l in shown(list(machine.layers.values())) for x in s[l["name"]]] for s in states_of(expected, shown(list(machine.layers.values())))]
    wanted, faults = expected["free_energy_by_the_program"], []
    path = os.path.join(work, "network")
    if subprocess.run([boltz, "export", model, "--to", "bqm", "--out", path], capture_output=True).returncode == 0:
        bqm = json.load(open(path))
        names = bqm["variable_labels"]
        hidden = [n for n in names if n.startswith("hidden")]
        pairs = {(names[i], names[j]): x for i, j, x in zip(bqm["quadratic_head"], bqm["quadratic_tail"], bqm["quadratic_biases"])}
        if differ(network_energies(dict(zip(names, bqm["linear_biases"])), pairs, hidden, states, bqm["variable_type"] == "BINARY"), wanted):
            faults.append("exported to bqm: other free energies")
    if subprocess.run([boltz, "export", model, "--to", "dwave", "--out", path], capture_output=True).returncode == 0:
        space = {}
        exec(open(path).read(), space)
        if differ(network_energies(space["linear"], space["quadratic"], space["hidden_nodes"], states, False), wanted):
            faults.append("exported to dwave: other free energies")
    return faults


def judge_exports(boltz, model, expected, work):
    """Every target either writes a file that reads back as the same machine, or refuses the machine."""
    faults, taken = [], 0
    for target in TARGETS:
        path, back = os.path.join(work, target), os.path.join(work, "back-" + target)
        run = subprocess.run([boltz, "export", model, "--to", target, "--out", path], capture_output=True, text=True)
        if run.returncode:
            continue
        taken += 1
        run = subprocess.run([boltz, "import", path, "--out", back], capture_output=True, text=True)
        fault = run.stderr.strip() if run.returncode else judge(Machine(os.path.join(run.stdout.strip(), "model.safetensors")), expected)
        if fault:
            faults.append("exported to %s: %s" % (target, fault))
    return faults + judge_networks(boltz, model, expected, work)


def files_of(path):
    """The file that an expectation belongs to; a pair of files for a pretraining."""
    other = path.replace("fullmnistpo", "fullmnistvh")
    return [other, path] if other != path else [path]


def main():
    boltz, folder = sys.argv[1], sys.argv[2]
    right = wrong = 0
    for expectation in sorted(glob.glob(os.path.join(folder, "*", "*.expected.json"))):
        expected = json.load(open(expectation))
        name = os.path.basename(expectation)[:-len(".expected.json")]
        known = glob.glob(os.path.join(os.path.dirname(expectation), name + "*"))
        file = expected.get("file", name)
        path = next((p for p in [os.path.join(os.path.dirname(expectation), os.path.basename(file if isinstance(file, str) else name + ".mat"))] + known if os.path.exists(p) and not p.endswith(".expected.json")), None)
        with tempfile.TemporaryDirectory() as work:
            run = subprocess.run([boltz, "import", *files_of(path), "--out", os.path.join(work, "m")], capture_output=True, text=True)
            if run.returncode:
                fault = None if "layers" not in expected and run.returncode in (1, 2) else "refused: " + run.stderr.strip()
            elif "layers" not in expected:
                machine = Machine(os.path.join(run.stdout.strip(), "model.safetensors"))
                if expected.get("unit") == "dReLU":
                    fault = judge(machine, {**expected, "layers": list(machine.layers.values())})
                else:
                    fault = None if "WARNING" in run.stderr else "imported, expected: %s" % expected.get("expected")
            else:
                model = os.path.join(run.stdout.strip(), "model.safetensors")
                fault = judge(Machine(model), expected) or "; ".join(judge_exports(boltz, model, expected, work)) or None
        right += fault is None
        wrong += fault is not None
        if fault:
            print("%s: %s" % (os.path.relpath(path, folder), fault))
    print("models of other programs: %d of %d right" % (right, right + wrong))
    return wrong


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
