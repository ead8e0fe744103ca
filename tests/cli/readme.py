"""readme.py SOURCE: runs what README.md shows, with the daemon of $PORT in place of localhost:8080, and compares what is printed."""
import os, re, shutil, subprocess, sys

source = sys.argv[1]
address = "127.0.0.1:" + os.environ["PORT"]
text = open(os.path.join(source, "README.md"), encoding="utf-8").read()
environment = {**os.environ, "PYTHONPATH": os.path.join(source, "clients/python"), "PYTHONDONTWRITEBYTECODE": "1"}
failures = ran = 0


def run(command):
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)
    return done.stdout, done.stderr


def compare(what, printed, expected):
    """Line ends and blanks around them do not count; an ellipsis is anything."""
    global failures, ran
    ran += 1
    squeeze = lambda s: re.sub(r"\s*\n\s*", "", s.strip())
    pattern = ".*".join(re.escape(part) for part in squeeze(expected).split("…"))
    if not re.fullmatch(pattern, squeeze(printed), re.S):
        failures += 1
        print(f"{what}\n  expected {squeeze(expected)[:500]}\n  printed  {squeeze(printed)[:500]}")


for command, expected in re.findall(r"^    \$ (.*)\n((?:    (?!\$).*\n)*)", text, re.M):
    out, err = run(["bash", "-c", command.replace("localhost:8080", address)])
    compare(command, out + err, expected)

for language, program in re.findall(r"^```(python|js)\n(.*?)^```$", text, re.M | re.S):
    if language == "python":
        command = ["/usr/bin/python3", "-c"]
        if subprocess.run(["/usr/bin/python3", "-c", "import numpy"], capture_output=True).returncode:
            print("no numpy: the Python program is skipped")
            continue
    else:
        command = ["node", "--input-type=module", "-e"]
        if not shutil.which("node"):
            print("no node: the JavaScript program is skipped")
            continue
    comment = "#" if language == "python" else "//"
    expected = [m for m in re.findall(rf"^ *(?:print|console\.log)\(.*\) *;? *{comment} (.*)$", program, re.M)]
    changed = program.replace("localhost:8080", address).replace('"./clients/js', f'"{source}/clients/js')
    out, err = run(command + [changed])
    for line, want in zip(out.splitlines() + [err] * len(expected), expected):
        compare(language, line, want)

print(f"{ran} outputs compared")
sys.exit(failures > 0 or ran < 10)
