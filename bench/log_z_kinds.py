#!/usr/bin/env python3
"""Small machines of every kind whose modes annealed runs cannot cross, with log Z by numpy's enumeration, and whether
`boltz evaluate --ais-only` is right about them or says that it is not.

usage: log_z_kinds.py BOLTZ FOLDER COUNT [BETAS [KIND ...]]      kinds: bm dbm softmax spin gaussian, without any all of them

Two modes whose masses differ by e^-30 to e^30, rows from one of them, by a fixed seed. Right: the exact value within 4 standard
errors. Exit status 1 where a machine is neither right nor warned about."""
import json, pathlib, struct, subprocess, sys
import numpy as np



def write(folder, layers, couplings, tensors, kind):
    graph = {'kind': kind, 'couplings': couplings, 'layers': layers}
    header, offset, blob = ({'__metadata__': {'format': 'boltz', 'format_version': '1', 'model': json.dumps(graph)}}, 0, b'')
    for name, x in tensors.items():
        x = np.ascontiguousarray(x, '<f4')
        header[name] = {'dtype': 'F32', 'shape': list(x.shape), 'data_offsets': [offset, offset + x.nbytes]}
        offset += x.nbytes
        blob += x.tobytes()
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8)
    (folder / 'm' / '1').mkdir(parents=True, exist_ok=True)
    (folder / 'm' / '1' / 'model.safetensors').write_bytes(struct.pack('<Q', len(text)) + text + blob)
f4 = lambda x: np.asarray(x, np.float32).astype(float)
states = lambda n: (np.arange(2 ** n)[:, None] >> np.arange(n) & 1).astype(float)
L = lambda name, role, size, unit='bernoulli', **k: dict(name=name, role=role, unit=unit, size=size, **k)



def hopfield(r, n, a, mass):
    s = 2.0 * r.integers(0, 2, n) - 1
    J = 4 * a / n * np.outer(s, s)
    np.fill_diagonal(J, 0)
    b = -J.sum(1) / 2 + mass / n * s
    return (s, J, b)



def bm(r, folder):
    n, h = (int(r.integers(8, 13)), int(r.integers(1, 5)))
    s, J, b = hopfield(r, n, r.uniform(2, 12), r.choice([-30, -10, -3, 2, 3, 10, 30]))
    W, c = (r.normal(0, 0.5, (n, h)), r.normal(0, 0.5, h))
    K = r.normal(0, 0.5, (h, h))
    K = K + K.T
    np.fill_diagonal(K, 0)
    J, b, W, c, K = map(f4, (J, b, W, c, K))
    v, y = (states(n), states(h))
    lv = v @ b + 0.5 * np.einsum('ij,jk,ik->i', v, J, v)
    lh = y @ c + 0.5 * np.einsum('ij,jk,ik->i', y, K, y)
    lp = lv[:, None] + lh[None] + v @ W @ y.T
    pv = np.logaddexp.reduce(lp, 1)
    lz = np.logaddexp.reduce(pv)
    write(folder, [L('v', 'visible', n), L('h', 'hidden', h)], [['v', 'h'], ['v', 'v'], ['h', 'h']], {'v.bias': b, 'h.bias': c, 'v~h.weight': W, 'v~v.weight': J, 'h~h.weight': K}, 'bm')
    side = (v * 2 - 1) @ s > 0
    pick = side if r.random() < 0.5 else ~side
    p = np.where(pick, np.exp(pv - pv[pick].max()), 0)
    rows = v[r.choice(len(v), 300, p=p / p.sum())]
    return (rows, lz)



def dbm(r, folder):
    n, h, u = (int(r.integers(8, 13)), int(r.integers(2, 5)), int(r.integers(1, 4)))
    s = 2.0 * r.integers(0, 2, n) - 1
    g = r.uniform(1, 4)
    mass = r.choice([-30, -10, -3, 2, 3, 10, 30])
    b = g * s
    W1 = np.outer(-2 * g * s / h, np.ones(h))
    W2 = np.full((h, u), r.uniform(0, 3))
    c = -W2.sum(1) / 2 + mass / h
    d = -W2.sum(0) / 2
    W1 = W1 + r.normal(0, 0.1, W1.shape)
    b, W1, W2, c, d = map(f4, (b, W1, W2, c, d))
    v, y, z = (states(n), states(h), states(u))
    pv1 = v @ b
    inner = np.logaddexp.reduce(z @ d + y @ W2 @ z.T, axis=1) + y @ c
    lp = pv1[:, None] + v @ W1 @ y.T + inner[None]
    pv = np.logaddexp.reduce(lp, 1)
    lz = np.logaddexp.reduce(pv)
    write(folder, [L('v', 'visible', n), L('h1', 'hidden', h), L('h2', 'hidden', u)], [['v', 'h1'], ['h1', 'h2']], {'v.bias': b, 'h1.bias': c, 'h2.bias': d, 'v~h1.weight': W1, 'h1~h2.weight': W2}, 'dbm')
    side = (v * 2 - 1) @ s > 0
    pick = side if r.random() < 0.5 else ~side
    p = np.where(pick, np.exp(pv - pv[pick].max()), 0)
    rows = v[r.choice(len(v), 300, p=p / p.sum())]
    return (rows, lz)



def softmax(r, folder, kind='softmax'):
    G, q, h = (int(r.integers(6, 25)), int(r.integers(2, 6)), int(r.integers(1, 9)))
    a, t = (r.integers(0, q, G), r.integers(0, q, G))
    g = r.uniform(2, 5)
    A, T = (np.eye(q)[a].ravel(), np.eye(q)[t].ravel())
    b = g * A
    W = np.outer(g * (T - A) / h, np.ones(h))
    mass = r.choice([-30, -10, -3, 2, 3, 10, 30])
    lse = lambda f: np.logaddexp.reduce(f.reshape(f.shape[:-1] + (G, q)), axis=-1).sum(-1)
    c = np.full(h, (mass + lse(b) - lse(g * T)) / h)
    b, W, c = map(f4, (b, W, c))
    y = states(h)
    lm = y @ c + lse(b + y @ W.T)
    lz = np.logaddexp.reduce(lm)
    write(folder, [L('v', 'visible', G * q, 'softmax', groups=G), L('h', 'hidden', h)], [['v', 'h']], {'v.bias': b, 'h.bias': c, 'v~h.weight': W}, 'rbm')
    f = (b if r.random() < 0.5 else b + W.sum(1)).reshape(G, q)
    p = np.exp(f - f.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    rows = np.stack([r.choice(q, 300, p=p[k]) for k in range(G)], 1)
    return (np.eye(q)[rows].reshape(300, -1), lz)



def spin(r, folder):
    n, h = (int(r.integers(20, 80)), int(r.integers(1, 9)))
    s = 2.0 * r.integers(0, 2, n) - 1
    g = r.uniform(0.5, 1.5)
    mass = r.choice([-30, -10, -3, 2, 3, 10, 30])
    m2 = 2.0 * r.integers(0, 2, n) - 1
    b = g * s
    W = np.outer(g * (m2 - s) / h, np.ones(h))
    l2 = lambda f: np.logaddexp(f, -f).sum(-1)
    c = np.full(h, (mass + l2(b) - l2(g * m2)) / h)
    b, W, c = map(f4, (b, W, c))
    y = states(h)
    lm = y @ c + l2(b + y @ W.T)
    lz = np.logaddexp.reduce(lm)
    write(folder, [L('v', 'visible', n, 'spin'), L('h', 'hidden', h)], [['v', 'h']], {'v.bias': b, 'h.bias': c, 'v~h.weight': W}, 'rbm')
    f = b if r.random() < 0.5 else b + W.sum(1)
    return (np.where(r.random((300, n)) < 1 / (1 + np.exp(-2 * f)), 1, -1), lz)



def gaussian(r, folder):
    n, h = (int(r.integers(2, 30)), int(r.integers(1, 9)))
    sg = np.exp(r.uniform(-1, 0.5, n))
    mu = r.normal(0, 1, n)
    d = r.normal(0, 1, n)
    d *= r.uniform(5, 40) / np.linalg.norm(d / sg)
    W = np.outer(d / h, np.ones(h))
    mass = r.choice([-30, -10, -3, 2, 3, 10, 30])
    ls = f4(np.log(sg))
    sg = np.exp(ls)
    mu, W = (f4(mu), f4(W))
    lse = lambda y: (((mu + y @ W.T) ** 2 - mu ** 2) / (2 * sg ** 2)).sum(-1)
    c = f4(np.full(h, (mass - lse(np.ones((1, h)))[0]) / h))
    y = states(h)
    lm = y @ c + lse(y)
    lz = np.logaddexp.reduce(lm) + 0.5 * n * np.log(2 * np.pi) + np.log(sg).sum()
    write(folder, [L('v', 'visible', n, 'gaussian'), L('h', 'hidden', h)], [['v', 'h']], {'v.bias': mu, 'v.log_sigma': ls, 'h.bias': c, 'v~h.weight': W}, 'rbm')
    f = mu if r.random() < 0.5 else mu + W.sum(1)
    return (f + sg * r.normal(size=(300, n)), lz)


KINDS = dict(bm=bm, dbm=dbm, softmax=softmax, spin=spin, gaussian=gaussian)
boltz, folder, count = (sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3]))
betas = sys.argv[4] if len(sys.argv) > 4 else '14500'
only = [a for a in sys.argv[5:] if a in KINDS] or list(KINDS)
folder.mkdir(parents=True, exist_ok=True)
bad = 0
for kind in only:
    r = np.random.default_rng(7)
    wrong = warned = inside = 0
    for k in range(count):
        rows, exact = KINDS[kind](r, folder)
        np.savetxt(folder / 'rows.csv', rows, '%.6g' if kind == 'gaussian' else '%d', ',')
        p = subprocess.run([boltz, 'evaluate', str(folder / 'm'), '--data', str(folder / 'rows.csv'), '--ais-only', '--json', '--betas', betas, '--threads', '1'], capture_output=True, text=True)
        if p.returncode:
            print(kind, k, p.stderr[-400:])
            break
        z = json.loads(p.stdout)['log_partition']
        off = z['value'] - exact
        right = abs(off) <= 4 * z['stderr'] + 1e-05
        inside += right
        warned += bool(z['warning'])
        if not right and (not z['warning']):
            wrong += 1
            print(f"{kind} {k}: {z['value']:.4f} +- {z['stderr']:.4f} exact {exact:.4f} off {off:.4f} ess {z['ess']:.1f} WITHOUT A WORD", flush=True)
    print(f'{kind}: {count} machines, {inside} inside, {warned} warned, {wrong} wrong without a word', flush=True)
    bad += wrong
sys.exit(bad > 0)
