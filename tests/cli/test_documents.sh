#!/usr/bin/env bash
# What the documents say about the tree: docs/FILES.md lists every source file and nothing that does not exist; links lead to files;
# the limits on the sizes of files and functions and the names of labels are kept; so is what docs/ARCHITECTURE.md says is enforced.
set -euo pipefail

command -v python3 >/dev/null || { echo "skipped: needs python3"; exit 77; }
cd "$SOURCE_DIR"
python3 - <<'PY'
import re, subprocess, sys
from pathlib import Path

faults = []
listed = subprocess.run("git ls-files", shell=True, capture_output=True, text=True)  # there may be no git, or no repository
files = listed.stdout.split("\n") if listed.returncode == 0 else [str(p) for p in Path(".").rglob("*") if p.is_file()]
files = [f for f in files if f and Path(f).is_file()]

# docs/FILES.md: `name.h` also stands for name.c, `command_*.c` for all that match.
index = Path("docs/FILES.md").read_text()
named = set(re.findall(r"`([\w*.-]+\.(?:c|h|js|json|html|css))`", index))
sources = {Path(f).name: f for f in files if re.match(r"(core|api|server|trainer)/.*\.[ch]$|web/", f)}
patterns = [n for n in named if "*" in n]
def covered(name):
    stem = name.rsplit(".", 1)[0]
    return name in named or stem + ".h" in named or stem + ".c" in named or any(Path(name).match(p) for p in patterns)
faults += [f"docs/FILES.md does not name {f}" for name, f in sources.items() if not covered(name)]
faults += [f"docs/FILES.md names {n}, which is not there" for n in named if "*" not in n and n not in sources and n not in {Path(f).name for f in files}]

# A page of another origin may read every header of a reply that begins X-Boltz-.
mine = lambda folder: set(re.findall(r"X-Boltz-[A-Za-z-]*[a-z]", "".join(Path(f).read_text() for f in files if re.match(folder, f))))
shown = re.search(r'"Access-Control-Expose-Headers",([^;]*);', Path("server/httpd_reply.c").read_text()).group(1)
faults += [f"server/httpd_reply.c: {h} is not among the exposed headers" for h in mine(r"(api|server)/.*\.c$") if h not in shown]

for f in files:
    if f.endswith(".md"):
        text = re.sub(r"```.*?```", "", Path(f).read_text(), flags=re.S)
        for to in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
            if "://" not in to and not to.startswith("mailto:") and not (Path(f).parent / to).exists():
                faults.append(f"{f}: no file at {to}")
        for to in re.findall(r"`((?:tests|scripts|bench|deploy|config|docs|findings)/[\w./-]+)`", text):
            if not Path(to).exists():
                faults.append(f"{f}: no file at {to}")

for f in files:
    if re.match(r"(core|api|server|trainer|tests|bench)/.*\.[ch]$", f):
        lines = Path(f).read_text().split("\n")
        if len(lines) > 501:
            faults.append(f"{f}: {len(lines) - 1} lines, at most 500")
        begun = None
        for i, line in enumerate(lines):
            if line == "{":
                begun = i
            elif line == "}" and begun is not None:
                if i - begun - 1 > 60:
                    faults.append(f"{f}:{begun + 1}: a function of {i - begun - 1} lines, at most 60")
                begun = None

# Cleanup labels: `out` is also reached from above, `fail` only by goto.
for f in files:
    if re.match(r"(core|api|server|trainer)/.*\.c$", f):
        for m in re.finditer(r"([^;{}]*[;}])\s*\n(\w+):\n", re.sub(r"/\*.*?\*/", "", Path(f).read_text(), flags=re.S)):
            left = m.group(1).lstrip().startswith(("return", "goto"))
            if m.group(2) != "default" and m.group(2) != ("fail" if left else "out"):
                faults.append(f"{f}: label {m.group(2)}, expected {'fail: only goto leads there' if left else 'out: it is reached from above'}")

page = Path("docs/ARCHITECTURE.md").read_text()
code = {f: Path(f).read_text() for f in files if re.match(r"(core|api|server|trainer)/.*\.[ch]$", f)}

# Rooms: which may include which, according to the arrows on the page.
def room_of(f):
    return "/".join(f.split("/")[:2]) if f.startswith(("core/", "trainer/")) else f.split("/")[0]
rooms = sorted({room_of(f) for f in code})
uses = {}
for line in re.findall(r"^    (.* <- .*)$", page, flags=re.M):
    of = re.match(r"(core|trainer):\s+", line)
    for chain in re.split(r"\s{2,}", line[of.end():] if of else line)[: None if of else 1]:
        parts = [re.split(r",\s*", part.strip(" ,")) for part in chain.split(" <- ")]
        if of:
            parts = [[next((r for r in (f"{of[1]}/{w}", f"core/{w}") if r in rooms), w) for w in part] for part in parts]
        for low, high in zip(parts, parts[1:]):
            for h in high:
                uses.setdefault(h, set()).update(low)
def below(room):
    seen, todo = set(), [room]
    while todo:
        r = todo.pop()
        for u in uses.get(r, uses.get(r.split("/")[0], ()) if not r.startswith("core/") else ()):
            new = {x for x in rooms if x == u or x.startswith(u + "/")} - seen
            seen |= new
            todo += new
    return seen
may = {r: below(r) for r in rooms}
faults += [f"docs/ARCHITECTURE.md: no arrow for {r}" for r in rooms if r not in uses and r != "core/base"]
faults += [f"docs/ARCHITECTURE.md: the arrows of {r} go in a circle" for r in rooms if r in may[r]]
homes = {}
for f in code:
    if f.endswith(".h"):
        homes.setdefault(Path(f).name, []).append(f)
faults += [f"two headers of one name: {' '.join(h)}" for h in homes.values() if len(h) > 1]
given = set()
for f in code:
    for name in re.findall(r'#include "([^"]+)"', code[f]):
        home = homes.get(name, [f])[0]
        if room_of(home) != room_of(f):
            given.add(home)
            if room_of(home) not in may[room_of(f)]:
                faults.append(f"{f} includes {home}, against the arrows of docs/ARCHITECTURE.md")
assert len(given) > 100 and len(may["server"]) == 6, "the arrows were not understood"

# Names of what a room offers to others or, in core, of everything in headers.
prefixes = {"core": "bz_", "api": "api_", "server": "srv_", "trainer": "(train|training|import|export|bundle)_"}
for f in code:
    if f in given or (f.startswith("core/") and f.endswith(".h")):
        plain = re.sub(r"/\*.*?\*/", "", code[f], flags=re.S)
        for name in re.findall(r"^(?!static|typedef|#|\s)\w[\w \*]*?\b(\w+)\([^;{]*\)[^;{]*;", plain, flags=re.M):
            if not re.match(prefixes[f.split("/")[0]], name):
                faults.append(f"{f}: {name} does not begin with {prefixes[f.split('/')[0]]}")

# Every function in a header is below a comment, its own or that of its block; inner loops speak for themselves.
for f in code:
    lines = code[f].split("\n")
    for i, line in enumerate(lines):
        name = re.match(r"(?!static|typedef|extern|enum|union|struct \w+ \{)[a-z][\w \*]*?\b(\w+)\(", line)
        if not name or not f.endswith(".h") or re.match(r"core/base/(kernel_|vector\.h)", f) or "/*" in line:
            continue
        above = i - 1
        while above >= 0 and lines[above].strip() and not lines[above].rstrip().endswith(("*/", "}")):
            above -= 1
        if not lines[above].rstrip().endswith("*/"):
            faults.append(f"{f}:{i + 1}: no comment says what {name[1]} does")

# Which files may use other libraries, start threads and print text.
only = {
    r"\bMHD_\w+": r"server/httpd", r"\bgnutls_\w+": r"server/tls\.c", r"\bcblas_\w+": r"trainer/learn/linalg\.c",
    r"\bMPI_\w+": r"trainer/ranks/mpi_calls\.c", r"\bzip_\w+\(": r"trainer/(data/npz|exchange/bundle_torch)\.c",
    r"\bH5[A-Z]\w*\(": r"trainer/(data/hdf5_|exchange/export_hdf5\.c)", r"\bMat_\w+": r"trainer/data/mat_file\.c",
    r"\bpthread_create\b": r"server/|trainer/", r"\b(printf|puts|perror)\(|\b(fprintf|fputs)\([^;]*\bstd(out|err)\b": r"server/|trainer/|core/base/check\.h",
}
for f in code:
    plain = re.sub(r'/\*.*?\*/|"(\\.|[^"\\])*"', "", code[f], flags=re.S)
    for what, where in only.items():
        found = re.search(what, plain)
        if found and not re.match(where, f):
            faults.append(f"{f}: {found[0]} is for {where} alone")

for f in code: # the last parameter, except before the words of a message
    for what in re.findall(r"[(,] *(struct bz_error \*\w+,(?![^;{]*const char)[^;{]*)[;{]", code[f]):
        faults.append(f"{f}: {what}: an error is the last parameter")
if not re.search(r"^ *add_compile_options\(.*-ffp-contract=off", Path("CMakeLists.txt").read_text(), flags=re.M):
    faults.append("CMakeLists.txt: nothing says -ffp-contract=off")

# Habits.
habits = {r"\bsizeof [a-z*]": "sizeof has parentheses", r"(?<![\w])assert\(": "bz_assert, which releases leave out"}
for f in code:
    for what, why in habits.items():
        if re.search(what, re.sub(r'/\*.*?\*/|"(\\.|[^"\\])*"', "", code[f], flags=re.S)):
            faults.append(f"{f}: {why}")

# How many files mention a unit type.
most, units = re.search(r"at most (\d+) files name ([^\n]+)", page).groups()
for unit in re.findall(r"`(BZ_\w+)`", units):
    users = [f for f in files if re.match(r"(core|api|server|trainer)/.*\.[ch]$", f) and re.search(rf"\b{unit}\b", Path(f).read_text())
             and not re.match(r"core/machine/unit|trainer/exchange/", f)]
    if len(users) > int(most):
        faults.append(f"docs/ARCHITECTURE.md: at most {most} files name {unit}, found {len(users)}: {' '.join(users)}")
print("\n".join(faults) or f"{len(sources)} files, documents and sizes agree")
sys.exit(bool(faults))
PY
