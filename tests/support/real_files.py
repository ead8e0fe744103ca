"""Runs `boltz check` on files written by real programs and compares the result with expected.json beside them.

    real_files.py BOLTZ FOLDER [FOLDER ...]    prints the wrong ones and a score a folder; exit status 1 if any is wrong
"""
import ast, json, math, os, struct, subprocess, sys, tempfile


def read_npy(path):
    data = open(path, "rb").read()
    length = struct.unpack_from("<H", data, 8)[0]
    head = ast.literal_eval(data[10:10 + length].decode())
    assert head["descr"] == "<f8" and not head["fortran_order"], head
    rows, columns = head["shape"]
    x = struct.unpack_from("<%dd" % (rows * columns), data, 10 + length)
    return [list(x[r * columns:(r + 1) * columns]) for r in range(rows)]


class Reading:
    """How boltz read a file: values and JSON, or the message it was refused with."""

    def __init__(self, boltz, *args):
        with tempfile.TemporaryDirectory() as work:
            out = os.path.join(work, "x.npy")
            run = subprocess.run([boltz, "check", *args, "--json"] + (["--out", out] if "--graph" not in args else []),
                                 capture_output=True, text=True)
            self.refused = run.stderr.strip() if run.returncode else None
            self.status = run.returncode
            self.json = json.loads(run.stdout) if run.returncode == 0 else None
            self.values = read_npy(out) if run.returncode == 0 and os.path.exists(out) else None

    def names(self):
        return [c["name"] for c in self.json["columns"]]

    def words(self):
        """The values, with categories by name."""
        kinds = [c.get("categories") for c in self.json["columns"]]
        return [[c[int(x)] if c and not math.isnan(x) else x for c, x in zip(kinds, row)] for row in self.values]


def same(found, wanted):
    if wanted is None:
        return isinstance(found, float) and math.isnan(found)
    if isinstance(wanted, str) and isinstance(found, str):
        return wanted == found
    return not isinstance(found, str) and float(wanted) == found


def flatten(x):
    return [v for part in x for v in flatten(part)] if isinstance(x, list) else [x]


def compare_rows(found, wanted):
    if len(found) != len(wanted):
        return "%d rows, expected %d" % (len(found), len(wanted))
    for r, (f, w) in enumerate(zip(found, wanted)):
        w = flatten(w)
        if len(f) != len(w):
            return "%d columns, expected %d" % (len(f), len(w))
        for c, (a, b) in enumerate(zip(f, w)):
            if not same(a, b):
                return "row %d, column %d: %r, expected %r" % (r + 1, c + 1, a, b)
    return None


def must_refuse(reading, reason):
    if reading.refused is None:
        return "read, expected a refusal: %s" % reason
    return None if reading.status in (1, 2) else "exit status %d" % reading.status


def has_infinity(rows):
    return any(v in ("inf", "-inf") for v in flatten(rows))


def check_matrix(reading, wanted):
    if has_infinity(wanted):
        return must_refuse(reading, "not finite")
    if reading.refused:
        return "refused: " + reading.refused
    if wanted and not isinstance(wanted[0], list):
        wanted = [wanted]
    return compare_rows(reading.words(), wanted)


def check_letters(reading, wanted):
    """An alignment: letters outside the alphabet may be missing; T and U are one."""
    if reading.refused:
        return "refused: " + reading.refused
    found = reading.words()
    if len(found) != len(wanted["rows"]):
        return "%d rows, expected %d" % (len(found), len(wanted["rows"]))
    for row, (name, letters) in zip(found, wanted["rows"]):
        if len(row) != len(letters):
            return "%s: %d positions, expected %d" % (name, len(row), len(letters))
        for i, (a, b) in enumerate(zip(row, letters)):
            gap = isinstance(a, float)
            if gap and b not in "XBZJUON*RYKMSWHDV" or not gap and a.replace("U", "T") != b.replace("U", "T"):
                return "%s, position %d: %r, expected %r" % (name, i + 1, a, b)
    return None


def check_graph(boltz, path, wanted):
    reading = Reading(boltz, "--graph", path)
    edges = wanted.get("edges", wanted.get("edges_as_units"))
    if reading.refused:
        loops = "self_loops" in wanted or "refuse_or" in wanted or "edges_by_label" in wanted
        return None if loops else "refused: " + reading.refused
    if "self_loops" in wanted:
        return "read, expected a refusal: a unit coupled to itself"
    if edges is not None and reading.json["edges"] != sorted(edges):
        return "edges %s, expected %s" % (reading.json["edges"], sorted(edges))
    if "base" in wanted and reading.json["base"] != wanted["base"]:
        return "base %s, expected %s" % (reading.json["base"], wanted["base"])
    return None


def checks_of(folder, name, wanted):
    """(arguments, function of what was read) for one entry of expected.json."""
    path = os.path.join(folder, name)
    if folder.endswith("sequences"):
        if "refuse" in wanted:
            return [([path], lambda r: must_refuse(r, wanted["refuse"]))]
        if "ambiguous" in wanted:
            return [([path], lambda r: None)]
        return [([path], lambda r: check_letters(r, wanted))]
    if folder.endswith(("hdf5-mat", "octave-text")):
        return list(of_arrays(path, wanted))
    if "refuse" in wanted:
        return [([path], lambda r: must_refuse(r, wanted["refuse"]))]
    if "refuse_or_sparse" in wanted:
        return [([path], lambda r: None if r.refused else "read, expected the limit on units")]
    rows = next(wanted[k] for k in ("matrix", "values", "rows") if k in wanted)
    if "columns" in wanted and isinstance(wanted["columns"], list):
        return [([path], lambda r: check_matrix(r, rows) or (None if r.names() == wanted["columns"] else "names %s" % r.names()))]
    return [([path], lambda r: check_matrix(r, rows))]


def of_arrays(path, wanted):
    for array, what in wanted.items():
        if array in ("writer", "note", "wanted", "without a path") or (not isinstance(what, (dict, list, int, float))):
            continue
        args = [path, "--array", array]
        if not isinstance(what, dict):
            rows = what if isinstance(what, list) else [[what]]
            yield args, lambda r, rows=rows: check_matrix(r, rows)
        elif "refuse" in what:
            yield args, lambda r, what=what: must_refuse(r, what["refuse"])
        else:
            rows = next((what[k] for k in ("matrix", "meant", "matrix_meant") if k in what), None)
            if isinstance(rows, list):
                yield args, lambda r, rows=rows: check_matrix(r, rows)


def run_folder(boltz, folder):
    expected = json.load(open(os.path.join(folder, "expected.json")))
    right = wrong = 0
    for name, wanted in expected.items():
        if name == "writer" or not os.path.exists(os.path.join(folder, name)):
            continue
        if folder.endswith("graphs"):
            faults = [(name, check_graph(boltz, os.path.join(folder, name), wanted))]
        else:
            faults = [(" ".join([name] + args[1:]), judge(Reading(boltz, *args))) for args, judge in
                      checks_of(folder, name, wanted)]
        for what, fault in faults:
            right += fault is None
            wrong += fault is not None
            if fault:
                print("%s/%s: %s" % (os.path.basename(folder), what, fault))
    print("%s: %d of %d right" % (os.path.basename(folder), right, right + wrong))
    return wrong


if __name__ == "__main__":
    sys.exit(1 if sum([run_folder(sys.argv[1], f.rstrip("/")) for f in sys.argv[2:]]) else 0)
