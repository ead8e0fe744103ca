#!/usr/bin/env python3
"""Trains a machine with default options on public data sets and compares it, on rows it has not seen, with independent units.

    bench/results.py DATA [SET ...]     prints a line of a table for each set (all of them when none is named)

DATA is a folder of data sets in the layout of docs/results.md. A set without a split of its own is cut by a seeded shuffle. Only
--data, --hidden and --out are given to `boltz train`, and what says which columns are inputs or of which type. Log probabilities in
nats per row; the independent units are those of the same types: rates smoothed by one row of each kind, normal densities with the
training columns' means and deviations, word and category frequencies smoothed by one. A column that is constant in the training
rows has the least deviation that training gives a unit, exp(-2.5), in both.
"""
import argparse, csv, gzip, io, json, math, os, random, shutil, struct, subprocess, sys, tempfile, time

CONSTANT_DEVIATION = math.exp(-2.5)


# ---- files ----

def read_idx(path):
    """(shape of a row, bytes of all rows)"""
    data = gzip.open(path, "rb").read()
    rank = data[3]
    sizes = struct.unpack(">%dI" % rank, data[4:4 + 4 * rank])
    return sizes[1:], data[4 + 4 * rank:]


def write_idx(path, shape, rows):
    sizes = (len(rows),) + tuple(shape)
    with open(path, "wb") as out:
        out.write(bytes([0, 0, 8, len(sizes)]) + struct.pack(">%dI" % len(sizes), *sizes) + b"".join(rows))


def rows_of(shape, body):
    width = math.prod(shape)
    return [body[i:i + width] for i in range(0, len(body), width)]


def read_lines(path):
    return gzip.open(path, "rt").read().splitlines()


# ---- independent units ----

def independent_binary(train, test, scale):
    """Of byte rows: columns are taken by slices, so that sums run at full speed."""
    width, n, m = len(train[0]), len(train), len(test)
    a, b, total = b"".join(train), b"".join(test), 0.0
    for i in range(width):
        p = (sum(a[i::width]) / scale + 1) / (n + 2)
        ones = sum(b[i::width]) / scale
        total += ones * math.log(p) + (m - ones) * math.log(1 - p)
    return total / m


def independent_gaussian(train, test):
    total = 0.0
    for a, b in zip(zip(*train), zip(*test)):
        mean = math.fsum(a) / len(a)
        variance = math.fsum((x - mean) ** 2 for x in a) / len(a) or CONSTANT_DEVIATION ** 2
        total += -0.5 * len(b) * math.log(2 * math.pi * variance) - 0.5 * math.fsum((x - mean) ** 2 for x in b) / variance
    return total / len(test)


def independent_categories(train, test):
    """Of columns of words."""
    total = 0.0
    for a, b in zip(zip(*train), zip(*test)):
        kinds = sorted(set(a))
        count = dict.fromkeys(kinds, 1)
        for x in a:
            count[x] += 1
        total += sum(math.log(count[x] / (len(a) + len(kinds))) for x in b)
    return total / len(test)


def read_counts(lines):
    return [{int(k): int(v) for k, v in (item.split(":") for item in line.split()[1:])} for line in lines]


def independent_words(train, test, size):
    count = [1] * (size + 1)
    for row in train:
        for word, n in row.items():
            count[word] += n
    words = sum(count[1:])
    return sum(n * math.log(count[word] / words) for row in test for word, n in row.items()) / len(test)


# ---- sets ----

class Case:
    """What to train on, what to test with, and what independent units give. train and test are files, or files by the name of a
    visible layer; hidden is a number, or the options of a machine that is no rbm."""
    machine = "rbm"

    def __init__(self, kind, hidden, train, test, independent, n_train, n_test, split, options=(), both=()):
        self.kind, self.hidden, self.split = kind, hidden, split
        self.train, self.test, self.independent = train, test, independent
        self.n_train, self.n_test = n_train, n_test
        self.options, self.both = list(options), list(both)  # for train only; for both train and evaluate


class Maker:
    def __init__(self, data, work, seed):
        self.data, self.work, self.seed = data, work, seed

    def path(self, *parts):
        return os.path.join(self.data, *parts)

    def pictures(self, name, hidden, images, cut, split, scale=1, unit="bernoulli"):
        """An IDX file without a split: cut(rows) gives train and test rows."""
        shape, body = read_idx(self.path(images))
        train, test = cut(rows_of(shape, body))
        a, b = os.path.join(self.work, name + ".train"), os.path.join(self.work, name + ".test")
        write_idx(a, shape, train)
        write_idx(b, shape, test)
        value = independent_binary(train, test, scale) if unit == "bernoulli" else independent_gaussian(train, test)
        options = [] if unit == "bernoulli" else ["--visible-unit", unit]
        return Case(unit, hidden, a, b, value, len(train), len(test), split, options)

    def shuffled(self, *sizes):
        """train and test of sizes (train, left out, test)"""
        def cut(rows):
            rows = list(rows)
            random.Random(self.seed).shuffle(rows)
            first, skipped, last = sizes if len(sizes) == 3 else (int(sizes[0] * len(rows)), 0, len(rows))
            return rows[:first], rows[first + skipped:first + skipped + last]
        return cut

    def split_pictures(self, hidden, train, test, scale=1):
        a, b = rows_of(*read_idx(self.path(train))), rows_of(*read_idx(self.path(test)))
        return Case("bernoulli", hidden, self.path(train), self.path(test), independent_binary(a, b, scale), len(a), len(b), "its own")

    def text(self, hidden, train, test):
        def rows(file):
            return [bytes(int(x) for x in line.split(",")) for line in read_lines(self.path(file))]
        a, b = rows(train), rows(test)
        return Case("bernoulli", hidden, self.path(train), self.path(test), independent_binary(a, b, 1), len(a), len(b), "its own")

    def table(self, name, hidden):
        """70/30 in each class, shuffled; labels are no input."""
        header, *lines = read_lines(self.path("anomaly", name + ".csv.gz"))
        parts = {}
        for line in lines:
            parts.setdefault(line.split(",")[0], []).append(line)
        train, test = [], []
        for key in sorted(parts):
            random.Random(self.seed).shuffle(parts[key])
            cut = round(0.7 * len(parts[key]))
            train += parts[key][:cut]
            test += parts[key][cut:]
        files = []
        for part, chosen in ("train", train), ("test", test):
            files.append(os.path.join(self.work, "%s.%s.csv" % (name, part)))
            with open(files[-1], "w") as out:
                out.write("\n".join([header] + chosen) + "\n")
        numbers = [[[float(x) for x in line.split(",")[1:]] for line in part] for part in (train, test)]
        return Case("gaussian", hidden, *files, independent_gaussian(*numbers), len(train), len(test), "70/30 in each class",
                    ["--visible-unit", "gaussian"], ["--label-column", "anomaly"])

    def words(self, hidden, n_test):
        train, test = (read_lines(self.path("20newsgroups", "w1000-%s.svm.gz" % part)) for part in ("train", "test"))
        random.Random(self.seed).shuffle(test)
        test = test[:n_test]
        file = os.path.join(self.work, "w1000.test")
        with open(file, "w") as out:
            out.write("\n".join(test) + "\n")
        value = independent_words(read_counts(train), read_counts(test), 1000)
        return Case("multinomial", hidden, self.path("20newsgroups", "w1000-train.svm.gz"), file, value, len(train), len(test),
                    "its own; %d drawn test rows" % n_test)

    def connections(self, hidden):
        """NSL-KDD: numbers and categories; connections whose service was never seen are left out of the test."""
        def read(file):
            return list(csv.reader(io.StringIO("\n".join(read_lines(self.path("nsl-kdd", file))))))
        train, test = read("KDDTrain+_20Percent.txt.gz"), read("KDDTest+.txt.gz")
        symbolic = (1, 2, 3)
        seen = [{row[i] for row in train} for i in range(42)]
        test = [row for row in test if all(row[i] in seen[i] for i in symbolic)]
        files = []
        for part, chosen in ("train", train), ("test", test):
            files.append(os.path.join(self.work, "nsl-kdd.%s.csv" % part))
            with open(files[-1], "w") as out:
                csv.writer(out, lineterminator="\n").writerows(row[:41] for row in chosen)
        numbers = [[[float(x) for i, x in enumerate(row[:41]) if i not in symbolic] for row in part] for part in (train, test)]
        names = [[[row[i] for i in symbolic] for row in part] for part in (train, test)]
        return Case("gaussian, softmax", hidden, *files, independent_gaussian(*numbers) + independent_categories(*names), len(train),
                    len(test), "its own; services never seen left out", [], ["--header", self.path("nsl-kdd", "Field_Names.csv")])

    def other(self, case, machine, *hidden):
        """The same with another machine."""
        case.machine, case.hidden = machine, list(hidden)
        return case

    def pictures_and_tags(self):
        a, b = (self.split_pictures(0, "corel5k/train-%s-idx2-ubyte.gz" % part, "corel5k/test-%s-idx2-ubyte.gz" % part)
                for part in ("visual", "tags"))
        case = Case("bernoulli", 0, {"image": a.train, "tags": b.train}, {"image": a.test, "tags": b.test}, a.independent + b.independent,
                    a.n_train, a.n_test, a.split)
        return self.other(case, "multimodal", "--hidden", "image=50", "--hidden", "tags=50", "--joint", "30")

    def last_of_class(self, rows):
        """Binary alphadigits: 39 of each of 36 classes, in order; the last 9 are the test."""
        return ([row for i, row in enumerate(rows) if i % 39 < 30], [row for i, row in enumerate(rows) if i % 39 >= 30])


def sets(m):
    """name -> function that makes the case, quick ones first"""
    table = {name: (lambda name=name: m.table(name, 16)) for name in
             ("breastw", "ionosphere", "cardio", "thyroid", "annthyroid", "mammography", "satellite", "optdigits", "shuttle")}
    for name, hidden in ("nltcs", 16), ("mushrooms", 50), ("jester", 50), ("baudio", 50), ("accidents", 50), ("pumsb_star", 50), ("bbc", 50):
        table[name] = lambda name=name, hidden=hidden: m.text(
            hidden, "debd/%s.train.data.gz" % name, "debd/%s.test.data.gz" % name)
    table["alphadigits"] = lambda: m.pictures("alphadigits", 100, "binary-alphadigits/images-idx3-ubyte.gz", lambda rows: m.last_of_class(rows),
                                              "last 9 of each class")
    table["ocr-letters"] = lambda: m.text(100, "ocr-letters/ocr_letters.valid.data.gz", "ocr-letters/ocr_letters.test.data.gz")
    table["newsgroups-w100"] = lambda: m.pictures("newsgroups-w100", 50, "20newsgroups/w100-docs-idx2-ubyte.gz", lambda rows: m.shuffled(0.8)(rows),
                                                  "80/20 shuffled")
    table["newsgroups-w1000"] = lambda: m.words(16, 200)
    table["corel5k-visual"] = lambda: m.split_pictures(50, "corel5k/train-visual-idx2-ubyte.gz", "corel5k/test-visual-idx2-ubyte.gz")
    table["corel5k-tags"] = lambda: m.split_pictures(50, "corel5k/train-tags-idx2-ubyte.gz", "corel5k/test-tags-idx2-ubyte.gz")
    table["frey-faces"] = lambda: m.pictures("frey-faces", 50, "frey-faces/images-idx3-ubyte.gz", lambda rows: m.shuffled(1565, 200, 200)(rows),
                                             "1565/200/200 shuffled", unit="gaussian")
    table["nsl-kdd"] = lambda: m.connections(16)
    table["silhouettes"] = lambda: m.pictures("silhouettes", 100, "caltech101-silhouettes/images-idx3-ubyte.gz",
                                              lambda rows: m.shuffled(4100, 2264, 2307)(rows), "4100/2264/2307 shuffled")
    table["mnist"] = lambda: m.split_pictures(500, "mnist/train-images-idx3-ubyte.gz", "mnist/t10k-images-idx3-ubyte.gz", 255)
    for machine, hidden in ("bm", ["8"]), ("dbm", ["12,8"]):
        table["nltcs-" + machine] = lambda machine=machine, hidden=hidden: m.other(table["nltcs"](), machine, "--hidden", *hidden)
    table["alphadigits-dbm"] = lambda: m.other(table["alphadigits"](), "dbm", "--hidden", "100,50")
    table["corel5k-multimodal"] = lambda: m.pictures_and_tags()
    return table


# ---- the run ----

def run(command):
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if result.returncode:
        raise RuntimeError("%s\n%s" % (" ".join(command), result.stderr.strip()))
    return result


def data_options(files):
    if isinstance(files, str):
        return ["--data", files]
    return [word for name, file in files.items() for word in ("--data", "%s=%s" % (name, file))]


# Beyond these there are too many states to sum over: AIS then. By number of hidden units for an rbm, by name for other machines.
EXACT_HIDDEN = 20
EXACT_SETS = ("nltcs-bm", "nltcs-dbm")


def measure(args, name, case, work):
    model = os.path.join(work, name)
    hidden = args.hidden if args.hidden and case.machine == "rbm" else case.hidden
    machine = ["--hidden", str(hidden)] if case.machine == "rbm" else hidden
    begun = time.time()
    log = ""
    if not os.path.isdir(os.path.join(model, "1")):
        log = run([args.boltz, "train", case.machine, "--out", model, "--threads", str(args.threads)] + data_options(case.train) + machine
                  + case.options + case.both + args.option).stderr
    took = time.time() - begun
    exact = name in EXACT_SETS or (case.machine == "rbm" and hidden <= EXACT_HIDDEN)
    betas = args.betas if case.kind != "multinomial" else min(args.betas, 1000)
    wanted = ["--exact"] if exact else ["--ais", "--betas", str(betas)]
    if args.pseudo:
        wanted = []
    found = run([args.boltz, "evaluate", model] + data_options(case.test) + ["--json", "--pseudo-rows", str(case.n_test), "--threads",
                 str(args.threads)] + wanted + case.both)
    value = json.loads(found.stdout)
    z = value["log_partition"]
    z = z[0] if isinstance(z, list) else z
    shown = str(hidden) if case.machine == "rbm" else "%s %s" % (case.machine, " ".join(word.lstrip("-") for word in hidden if word != "--hidden"))
    return {"name": name, "case": case, "hidden": shown, "value": value, "z": z, "took": took,
            "backs": log.count("diverged"), "warned": "warning" in found.stderr.lower()}


def number(x):
    return "" if x is None else "%.2f" % x


def line(r):
    v, case, z = r["value"], r["case"], r["z"]
    trust = "" if not z or z["method"] != "ais" else "%.0f of %d%s" % (z["ess"], z["runs"], ", warned" if r["warned"] else "")
    return "| %s | %s | %s | %d / %d, %s | %s | %s %s | %s | %s |" % (
        r["name"], case.kind, r["hidden"], case.n_train, case.n_test, case.split, number(case.independent), number(v["log_prob_mean"]),
        "(%s ± %s)" % (v["log_prob_kind"], number(v["log_prob_stderr"])) if v["log_prob_kind"] else "", trust,
        number(v["pseudo_likelihood_mean"]))


def better(r):
    v, independent = r["value"], r["case"].independent
    found = [v[key] for key in ("log_prob_mean", "pseudo_likelihood_mean") if v[key] is not None]
    return found and all(x > independent for x in found)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("data")
    p.add_argument("sets", nargs="*")
    p.add_argument("--boltz", default=os.path.join(os.environ.get("BIN_DIR", "build/bin"), "boltz"))
    p.add_argument("--work", help="keeps models and splits here; a model that is there is not trained again")
    p.add_argument("--seed", type=int, default=1, help="of shuffled splits [1]")
    p.add_argument("--threads", type=int, default=1, help="of training and evaluation; 0 = all CPUs [1]")
    p.add_argument("--betas", type=int, default=14500, help="of AIS [14500, the published schedule]; 1000 at most for counts")
    p.add_argument("--hidden", type=int, help="hidden units, in place of each set's own number")
    p.add_argument("--pseudo", action="store_true", help="pseudo-likelihoods only")
    p.add_argument("--option", action="append", default=[], help="one more word for `boltz train`; may be repeated")
    args = p.parse_intermixed_args()
    unknown = set(args.sets) - set(sets(None))
    if unknown:
        p.error("no such set: %s; there are %s" % (", ".join(sorted(unknown)), " ".join(sets(None))))
    work = args.work or tempfile.mkdtemp()
    os.makedirs(work, exist_ok=True)
    table = sets(Maker(args.data, work, args.seed))
    failures = 0
    print("| set | units | hidden | rows: train / test, split | independent units | test log p | AIS: effective runs | pseudo-likelihood |\n"
          "|---|---|---|---|---|---|---|---|", flush=True)
    try:
        for name in args.sets or table:
            try:
                r = measure(args, name, table[name](), work)
            except RuntimeError as failure:
                print("%s: %s" % (name, failure), file=sys.stderr)
                failures += 1
                continue
            print(line(r), flush=True)
            print("%s: %.0f s of training, went back %d times" % (name, r["took"], r["backs"]), file=sys.stderr, flush=True)
            if not better(r):
                print("%s: not better than independent units" % name, file=sys.stderr, flush=True)
                failures += 1
    finally:
        if not args.work:
            shutil.rmtree(work, ignore_errors=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
