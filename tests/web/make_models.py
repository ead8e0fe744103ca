"""Small models of every kind for the tests of the page, trained in seconds on data made here.
usage: make_models.py BOLTZ REPOSITORY   (nothing but Python's own library)"""
import json, os, random, shutil, struct, subprocess, sys, tempfile

boltz, repository = sys.argv[1:3]
work = tempfile.mkdtemp(dir=os.path.dirname(os.path.abspath(repository)) or ".")
draw = random.Random(7)


def path(name):
    return os.path.join(work, name)


def idx(name, shape, rows):
    with open(path(name), "wb") as f:
        f.write(struct.pack(">4B%dI" % len(shape), 0, 0, 8, len(shape), *shape) + bytes(v for row in rows for v in row))
    return path(name)


def npy(name, rows):
    head = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }" % (len(rows), len(rows[0]))
    head = head.ljust((len(head) + 11 + 63) // 64 * 64 - 11) + "\n"
    with open(path(name), "wb") as f:
        f.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode())
        f.write(struct.pack("<%df" % (len(rows) * len(rows[0])), *(v for row in rows for v in row)))
    return path(name)


def text(name, lines):
    with open(path(name), "w") as f:
        f.write("\n".join(lines) + "\n")
    return path(name)


def train(kind, name, *arguments):
    subprocess.run([boltz, "train", kind, *arguments, "--seed", "3", "--threads", "1", "--out", os.path.join(repository, name)],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE if "-v" not in sys.argv else None)


def rename(name, change):
    """Changes the description of the layers in a model file."""
    file = os.path.join(repository, name, "1", "model.safetensors")
    data = open(file, "rb").read()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + length])
    graph = json.loads(header["__metadata__"]["model"])
    change({layer["name"]: layer for layer in graph["layers"]})
    header["__metadata__"]["model"] = json.dumps(graph)
    head = json.dumps(header).encode()
    head += b" " * (-len(head) % 64)
    with open(file, "wb") as f:
        f.write(struct.pack("<Q", len(head)) + head + data[8 + length:])


# Images of 8 x 8: vertical and horizontal bars, crosses, frames; some noise.
SHAPES = ["standing", "lying", "cross", "frame"]


def shape_picture(kind):
    at, across = draw.randrange(1, 7), draw.randrange(1, 7)
    def on(u, v):
        if kind == 0: return u == at
        if kind == 1: return v == at
        if kind == 2: return u == at or v == across
        return max(abs(u - 3.5), abs(v - 3.5)) in (2.5,)
    return [255 * int(on(u, v) != (draw.random() < 0.02)) for v in range(8) for u in range(8)]


kinds = [draw.randrange(4) for _ in range(1500)]
pictures = idx("shapes-idx3", (1500, 8, 8), [shape_picture(k) for k in kinds])
names = text("shapes.txt", [SHAPES[k] for k in kinds])
train("rbm", "shapes", "--data", pictures, "--labels", names, "--hidden", "40", "--updates", "1500")
train("dbm", "shapes-deep", "--data", pictures, "--hidden", "32,16", "--updates", "600", "--pretrain", "off")

# A mixed table: plan and region depend on age and income.
lines = ["age,income,plan,region,active"]
for _ in range(800):
    old = draw.random() < 0.5
    plan = draw.choice(["premium", "premium", "basic"] if old else ["free", "basic", "free"])
    lines.append("%d,%.1f,%s,%s,%d" % (draw.gauss(58 if old else 27, 6), draw.gauss(71 if old else 34, 8), plan,
                                       draw.choice(["north", "south"]), draw.random() < (0.85 if plan != "free" else 0.2)))
table = text("customers.csv", lines)
train("rbm", "customers", "--data", table, "--hidden", "12", "--updates", "3000", "--learning-rate", "0.02")

# Words on two subjects.
WORDS = ["goal", "team", "match", "player", "league", "coach", "star", "planet", "orbit", "moon", "comet", "telescope"]


def counted(subject, n):
    row = [0] * 12
    for _ in range(n):
        row[(6 if (draw.random() < 0.9) == subject else 0) + draw.randrange(6)] += 1
    return row


counts = [counted(draw.random() < 0.5, draw.randrange(8, 20)) for _ in range(600)]
words = npy("words.npy", counts)
train("rbm", "words", "--data", words, "--visible-unit", "multinomial", "--hidden", "8", "--updates", "1000")
rename("words", lambda layers: layers["visible"].update(categories=WORDS))

# Sequences of 12 letters: a hairpin whose second half pairs with the first.
PAIR = {0: 3, 1: 2, 2: 1, 3: 0}
half = [[draw.choice([0, 1, 2, 3]) if draw.random() < 0.4 else (i * 7 + 1) % 4 for i in range(6)] for _ in range(1000)]
sequences = npy("hairpins.npy", [[float(letter == k) for letter in h + [PAIR[x] for x in reversed(h)] for k in range(4)] for h in half])
train("rbm", "hairpins", "--data", sequences, "--visible-unit", "softmax", "--hidden", "24", "--updates", "2000", "--learning-rate", "0.2")
rename("hairpins", lambda layers: layers["visible"].update(categories=list("ACGU")))

# Images with words about them.
TAGS = ["upright", "flat", "crossing", "round", "dark", "bright"]
tags = npy("tags.npy", [[float(k == j) for j in range(4)] + [float(draw.random() < 0.5), float(draw.random() < 0.5)] for k in kinds])
train("multimodal", "tagged", "--data", "image=" + pictures, "--data", "tags=" + tags, "--hidden", "image=32", "--hidden", "tags=10",
      "--joint", "20", "--updates", "1500", "--pretrain", "off")
rename("tagged", lambda layers: layers["tags"].update(categories=TAGS))
subprocess.run([boltz, "index", os.path.join(repository, "tagged"), "--data", "image=" + pictures, "--data", "tags=" + tags, "--ids", text(
    "ids.txt", ["%s %d" % (SHAPES[k], i) for i, k in enumerate(kinds)])], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

# The longest name that a model can have.
shutil.copytree(os.path.join(repository, "words"), os.path.join(repository, 128 * "n"))

# Files that users would open: rows for the Rows view, a picture.
keep = os.path.join(repository, "..", "data")
os.makedirs(keep, exist_ok=True)
with open(os.path.join(keep, "customers.csv"), "w") as f:
    f.write("\n".join(["id," + lines[0]] + ["c%d,%s" % (i, line) for i, line in enumerate(lines[1:40])] + ["c40,,33.0,,south,1", "c41,61,400,free,south,0"]) + "\n")
with open(os.path.join(keep, "many.csv"), "w") as f:
    f.write("\n".join([lines[0]] + [lines[1 + i % 800] for i in range(10000)]) + "\n")
os.replace(pictures, os.path.join(keep, "shapes-idx3"))
for name in os.listdir(work):
    os.remove(path(name))
os.rmdir(work)
