#!/usr/bin/env bash
# What the documents say of the tree: every source file stands in docs/FILES.md and what stands there exists; links lead to files; the
# enforced sizes of files and functions hold.
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

# docs/FILES.md: `name.h` stands for name.c too, `command_*.c` for all that match.
index = Path("docs/FILES.md").read_text()
named = set(re.findall(r"`([\w*.-]+\.(?:c|h|js|json|html|css))`", index))
sources = {Path(f).name: f for f in files if re.match(r"(core|api|server|trainer)/.*\.[ch]$|web/", f)}
patterns = [n for n in named if "*" in n]
def covered(name):
    stem = name.rsplit(".", 1)[0]
    return name in named or stem + ".h" in named or stem + ".c" in named or any(Path(name).match(p) for p in patterns)
faults += [f"docs/FILES.md does not name {f}" for name, f in sources.items() if not covered(name)]
faults += [f"docs/FILES.md names {n}, which is not there" for n in named if "*" not in n and n not in sources and n not in {Path(f).name for f in files}]

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
# How many files name a unit type, as docs/ARCHITECTURE.md has it.
most, units = re.search(r"at most (\d+) files name ([^\n]+)", Path("docs/ARCHITECTURE.md").read_text()).groups()
for unit in re.findall(r"`(BZ_\w+)`", units):
    users = [f for f in files if re.match(r"(core|api|server|trainer)/.*\.[ch]$", f) and re.search(rf"\b{unit}\b", Path(f).read_text())
             and not re.match(r"core/machine/unit|trainer/exchange/", f)]
    if len(users) > int(most):
        faults.append(f"docs/ARCHITECTURE.md: at most {most} files name {unit}, found {len(users)}: {' '.join(users)}")
print("\n".join(faults) or f"{len(sources)} files, documents and sizes agree")
sys.exit(bool(faults))
PY
