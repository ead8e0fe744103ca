#!/usr/bin/env python3
"""Machines whose modes annealed runs cannot cross, with exact log Z, and whether `boltz evaluate --ais-only` is right about them
or says that it is not.

usage: log_z_modes.py BOLTZ FOLDER [COUNT [BETAS [SEED]]] [-v]      default: 200 machines, 14 500 temperatures, seed 2026

Each machine has 40 to 100 bits, 1 to 16 hidden units that make 2 to 4 modes, and 25 idle ones that make it too large to sum;
rows come from one of the modes, drawn by a fixed seed. Right: the exact value within 4 standard errors. Exit status 1 where a
machine is neither right nor warned about."""
import json, pathlib, struct, subprocess, sys
import numpy as np

IDLE = 25


def write(folder, b, c, w):
    tensors = {"v.bias": b, "h.bias": c, "v~h.weight": w}
    graph = {"kind": "rbm", "couplings": [["v", "h"]], "layers": [
        {"name": "v", "role": "visible", "unit": "bernoulli", "size": len(b)},
        {"name": "h", "role": "hidden", "unit": "bernoulli", "size": len(c)}]}
    header, offset, blob = {"__metadata__": {"format": "boltz", "format_version": "1", "model": json.dumps(graph)}}, 0, b""
    for name, x in tensors.items():
        x = np.ascontiguousarray(x, "<f4")
        header[name] = {"dtype": "F32", "shape": list(x.shape), "data_offsets": [offset, offset + x.nbytes]}
        offset += x.nbytes
        blob += x.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    (folder / "m" / "1").mkdir(parents=True, exist_ok=True)
    (folder / "m" / "1" / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + blob)


def states(n):
    return (np.arange(2**n)[:, None] >> np.arange(n)) & 1


def masses(b, c, w):
    """log mass of every state of the hidden units"""
    h = states(len(c)).astype(np.float64)
    return h @ c + np.logaddexp(0, b + h @ w.T).sum(1), h


def machine(r):
    n, modes = int(r.integers(40, 101)), int(r.integers(2, 5))
    s = 2.0 * r.integers(0, 2, (modes, n)) - 1
    if r.random() < 0.5:  # each mode differs from the first in its own set of bits
        part = r.integers(1, modes, n)
        s = np.where((part == np.arange(modes)[:, None]) & (np.arange(modes)[:, None] > 0), -s[0], s[0])
    strength = r.uniform(1, 3)
    units = np.maximum(1, r.integers(1, 16 // (modes - 1) + 1, modes - 1))
    b, w, c = strength * s[0], [], []
    for g in range(1, modes):
        step = strength * (s[g] - s[0]) / units[g - 1]
        mass = r.choice([-2, 3, 10, 30])
        bias = (mass + np.logaddexp(0, b).sum() - np.logaddexp(0, strength * s[g]).sum()) / units[g - 1]
        w += [step] * units[g - 1]
        c += [bias] * units[g - 1]
    w, c = np.array(w).T.astype(np.float32).astype(float), np.array(c).astype(np.float32).astype(float)
    b = b.astype(np.float32).astype(float)
    log_mass, h = masses(b, c, w)
    peaks = [k for k in range(len(h)) if all(log_mass[k] >= log_mass[k ^ (1 << j)] for j in range(len(c)))]
    seat = h[r.choice(peaks)]  # all rows come from one mode
    rows = (r.random((500, n)) < 1 / (1 + np.exp(-(b + w @ seat)))).astype(int)
    exact = np.logaddexp.reduce(log_mass) + IDLE * np.log(2)
    order = r.permutation(len(c) + IDLE)
    return rows, exact, b, np.concatenate([c, np.zeros(IDLE)])[order], np.hstack([w, np.zeros((n, IDLE))])[:, order]


def main():
    given = [a for a in sys.argv[1:] if a != "-v"]
    boltz, folder = given[0], pathlib.Path(given[1])
    count, betas, seed = (given[2:] + ["200", "14500", "2026"][len(given) - 2:])[:3]
    r, wrong, warned, inside = np.random.default_rng(int(seed)), 0, 0, 0
    count = int(count)
    for k in range(count):
        rows, exact, b, c, w = machine(r)
        write(folder, b, c, w)
        np.savetxt(folder / "rows.csv", rows, "%d", ",")
        out = subprocess.run([boltz, "evaluate", str(folder / "m"), "--data", str(folder / "rows.csv"), "--ais-only", "--json",
                              "--betas", betas, "--pseudo-rows", "100"], check=True, capture_output=True, text=True)
        z = json.loads(out.stdout)["log_partition"]
        off, right = z["value"] - exact, abs(z["value"] - exact) <= 4 * z["stderr"] + 1e-5
        inside += right
        warned += bool(z["warning"])
        if not right and not z["warning"]:
            wrong += 1
            print(f"machine {k}: log Z {z['value']:.4f} +- {z['stderr']:.4f}, exact {exact:.4f}: off by {off:.4f} without a word")
        elif "-v" in sys.argv:
            print(k, round(off, 4), z["stderr"], z["ess"], z["warning"])
    print(f"{count} machines: {inside} inside 4 standard errors, {warned} with a warning, {wrong} wrong without one")
    sys.exit(wrong > 0)


main()
