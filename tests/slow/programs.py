"""Programs write a table or an alignment of 60 rows anew; what boltz reads is what the file says, bit for bit.

    programs.py BOLTZ

A program that is not there is named and passed over. The files are read a second time here, by Python's own means.
"""
import csv, random, shutil, subprocess, sys, tempfile, os

import numpy as np

boltz = sys.argv[1]
faults = []
PROTEINS = "-ACDEFGHIKLMNPQRSTVWY"
DNA = "-ACGT"


def has(program):
    if not shutil.which(program):
        print("no %s: its files are passed over" % program)
    return shutil.which(program) is not None


def run(*args, **more):
    done = subprocess.run(args, capture_output=True, text=True, **more)
    if done.returncode:
        faults.append("%s: %s" % (args[0], done.stderr.strip()[-300:]))
    return done.stdout


def check(name, path, wanted, *options):
    done = subprocess.run([boltz, "check", path, *options, "--out", "read.npy"], capture_output=True, text=True)
    if "without lib" in done.stderr:
        print(name + ": " + done.stderr.strip())
    elif done.returncode:
        faults.append("%s: %s" % (name, done.stderr.strip()))
    elif (got := np.load("read.npy")).shape != wanted.shape or not np.array_equal(got, wanted, equal_nan=True):
        faults.append("%s: read %s, the file has %s" % (name, got.tolist()[:2], wanted.tolist()[:2]))


def columns_of(rows, decimal="."):
    """Numbers as they are, words by their place among the sorted ones, gaps NaN."""
    columns = []
    for cells in zip(*rows):
        known = [c for c in cells if c not in ("", "NA", "NaN")]
        try:
            columns.append([float(c.replace(decimal, ".")) if c in known else np.nan for c in cells])
        except ValueError:
            truths = {"TRUE": 1, "FALSE": 0}
            places = truths if set(known) <= set(truths) else {w: i for i, w in enumerate(sorted(set(known)))}
            columns.append([places.get(c, np.nan) for c in cells])
    return np.array(columns, float).T


def check_table(name, path, separator, decimal=".", header=True):
    with open(path, newline="") as f:
        rows = list(csv.reader(f, delimiter=separator))[1 if header else 0:]
    if len(rows) != 60:
        faults.append("%s wrote %d rows" % (name, len(rows)))
    check(name, path, columns_of(rows, decimal))


def write_table(rng):
    with open("table.csv", "w", newline="") as f:
        out = csv.writer(f, lineterminator="\n")
        out.writerow(["temp", "count", "grade"])
        for i in range(60):
            out.writerow([repr(rng.gauss(0, 10)) if i % 9 else "", rng.randrange(1000), rng.choice(["high", "low", "mid"])])


def sqlite():
    text = run("sqlite3", ":memory:", input=".mode csv\n.import table.csv t\n.headers on\n.output s.csv\nSELECT CAST(NULLIF(temp, '') AS REAL) "
               "AS temp, CAST(count AS INTEGER) AS count, grade FROM t;\n.mode list\n.output s.txt\nSELECT * FROM t;\n")
    check_table("sqlite3 csv" + text, "s.csv", ",")
    check_table("sqlite3's own form", "s.txt", "|")


def r_base():
    run("Rscript", "-e", 'x <- read.csv("table.csv"); x$on <- x$count > 500; write.csv(x, "r.csv", row.names = FALSE);'
        'write.csv2(x, "r2.csv", row.names = FALSE); write.table(x, "r.tsv", sep = "\\t", quote = FALSE, row.names = FALSE);'
        'write.table(x[, 1:2], "plain.txt", dec = ",", sep = ";", col.names = FALSE, row.names = FALSE, na = "")')
    check_table("R write.csv", "r.csv", ",")
    check_table("R write.csv2", "r2.csv", ";", ",")
    check_table("R write.table", "r.tsv", "\t")
    check_table("R write.table, nothing but numbers", "plain.txt", ";", ",", False)


def miller():
    for form, separator in (("csv", ","), ("tsv", "\t")):
        with open("m." + form, "w") as f:
            f.write(run("mlr", "--icsv", "--o" + form, "sort", "-f", "grade", "then", "put", "$half = $count / 2", "table.csv"))
        check_table("Miller " + form, "m." + form, separator)


def octave():
    run("octave-cli", "--eval", "rand('twister', 1); X = rand(60, 5) * 100; X(7, 2) = NaN; S = sparse(X .* (X > 70)); S(7, 2) = 0; B = X > 50;"
        "f = fopen('raw', 'w'); fwrite(f, X, 'double'); fwrite(f, full(S), 'double'); fwrite(f, B, 'double'); fclose(f);"
        "save('-text', 'x.txt', 'X'); save('-text', 's.txt', 'S'); save('-v7', 'x.mat', 'X'); save('-v7', 's.mat', 'S'); save('-v7', 'b.mat', 'B');"
        "save('-v4', 'x4.mat', 'X'); save('-hdf5', 'x.h5', 'X'); dlmwrite('x.csv', X, 'precision', 17); csvwrite('short.csv', X);"
        "save('-ascii', 'x.asc', 'X')")
    if not os.path.exists("raw"):
        return
    raw = np.fromfile("raw").reshape(3, 5, 60)
    x, s, b = (a.T for a in raw)
    for path in ("x.txt", "x.mat", "x4.mat", "x.h5", "x.csv"):
        check("Octave " + path, path, x)
    for path, wanted in (("s.txt", s), ("s.mat", s), ("b.mat", b)):
        check("Octave " + path, path, wanted)
    check("Octave csvwrite", "short.csv", np.genfromtxt("short.csv", delimiter=","))
    check("Octave save -ascii", "x.asc", np.loadtxt("x.asc"))


def fasta(path):
    rows = {}
    with open(path) as f:
        for line in f:
            if line[0] == ">":
                name = line[1:].split()[0]
                rows[name] = ""
            else:
                rows[name] += line.strip()
    return rows


def codes(rows, alphabet):
    return np.array([[alphabet.index(c) for c in row] for row in rows], float)


def sequences(rng, letters, path):
    """60 relatives of one sequence, with letters changed and left out."""
    root = "".join(rng.choice(letters) for _ in range(40))
    with open(path, "w") as f:
        for i in range(60):
            row = "".join(c if rng.random() < 0.8 else rng.choice(letters) for c in root if rng.random() < 0.97)
            f.write(">seq%d made\n%s\n" % (i, row))


def mafft(rng):
    for name, letters, alphabet in (("protein", PROTEINS[1:], PROTEINS), ("dna", DNA[1:], DNA)):
        sequences(rng, letters, name + ".fa")
        with open(name + ".mafft", "w") as f:
            f.write(run("mafft", "--quiet", "--auto", name + ".fa"))
        rows = fasta(name + ".mafft")
        if len(rows) != 60:
            faults.append("mafft wrote %d rows" % len(rows))
        check("mafft " + name, name + ".mafft", codes([r.upper() for r in rows.values()], alphabet))


def hmmer():
    """Positions of the model are capitals and - in A2M and in aligned FASTA, columns with a letter in #=GC RF in Stockholm."""
    run("hmmbuild", "--amino", "p.hmm", "protein.mafft")
    for form in ("A2M", "Stockholm", "afa"):
        run("hmmalign", "--amino", "--outformat", form, "-o", "h." + form, "p.hmm", "protein.fa")
    for path in ("h.A2M", "h.afa"):
        check("hmmalign " + path, path, codes([[c for c in r if c == "-" or c.isupper()] for r in fasta(path).values()], PROTEINS))
    rows, marks = {}, ""
    for line in open("h.Stockholm"):
        if line.startswith("#=GC RF"):
            marks += line.split()[2]
        elif line.strip() and line[0] not in "#/":
            name, text = line.split()
            rows[name] = rows.get(name, "") + text
    at = [i for i, c in enumerate(marks) if c not in ".-_~"]
    check("hmmalign Stockholm", "h.Stockholm", codes([[r[i].upper() for i in at] for r in rows.values()], PROTEINS))


def main():
    rng = random.Random(1)
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        write_table(rng)
        for program, part in (("sqlite3", sqlite), ("Rscript", r_base), ("mlr", miller), ("octave-cli", octave)):
            if has(program):
                part()
        if has("mafft"):
            mafft(rng)
            if has("hmmalign"):
                hmmer()
        os.chdir("/")
    for fault in faults:
        print("FAILED:", fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
