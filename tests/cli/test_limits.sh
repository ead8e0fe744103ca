#!/bin/bash
# A system limit that keeps the daemon from starting is named, and is not reported as a configuration error.
set -u
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
mkdir "$work/models"

starts_not() { # LIMIT VALUE WORDS
    (
        ulimit "$1" "$2" || exit 77
        timeout 60 "$BIN_DIR/boltzd" --model-repository "$work/models" --listen 127.0.0.1:0 --workers 4 2>"$work/err"
    )
    local status=$?
    [ $status = 77 ] && { echo "ulimit $1 cannot be set: left out"; return; }
    [ $status = 1 ] || { echo "FAILED: ulimit $1 $2: exit status $status, want 1"; cat "$work/err"; exit 1; }
    grep -qF -- "$3" "$work/err" || { echo "FAILED: ulimit $1 $2: not named"; cat "$work/err"; exit 1; }
}

starts_not -n 8 "8 open files (ulimit -n)"
starts_not -n 24 "24 open files (ulimit -n) are too few"
starts_not -v 40000 "40960000 bytes of address space (ulimit -v)"

# Connections do not take every descriptor: models can be read, and who comes too late is answered.
few_descriptors='
import re, resource, socket, subprocess, sys
limit = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))
flags = ["--listen", "127.0.0.1:0", "--allow-empty", "--event-threads", "1", "--workers", "1"]
p = subprocess.Popen([sys.argv[1], "--model-repository", sys.argv[2], *flags], stderr=subprocess.PIPE, text=True, preexec_fn=limit)
said = ""
while "listening on" not in said:
    said += p.stderr.readline() or sys.exit("FAILED: 100 descriptors: " + said)
port = int(re.search(r"127\.0\.0\.1:(\d+)", said).group(1))
try:
    many = [socket.create_connection(("127.0.0.1", port), 60) for _ in range(120)]
    for s in many:
        s.sendall(b"GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
    got = [s.recv(20)[9:12] for s in many]
finally:
    p.kill()
if not set(got) <= {b"200", b"503", b""} or not 40 < got.count(b"200") < 90 or "(ulimit -n)" not in said:
    sys.exit(f"FAILED: 120 connections for 100 descriptors: {got}\n{said}")
'
if command -v python3 >/dev/null; then
    python3 -c "$few_descriptors" "$BIN_DIR/boltzd" "$work/models" || exit 1
fi

# Neither small stacks nor a log that may not grow end it.
small='
import json, re, resource, socket, subprocess, sys, time
def limit():
    resource.setrlimit(resource.RLIMIT_STACK, (48 << 10, 48 << 10))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
log = open(sys.argv[3], "wb")
flags = ["--listen", "127.0.0.1:0", "--workers", "1"]
p = subprocess.Popen([sys.argv[1], "--model-repository", sys.argv[2], *flags], stderr=log, preexec_fn=limit)
for _ in range(1200):
    found = re.search(r"127\.0\.0\.1:(\d+)", open(sys.argv[3]).read())
    if found or p.poll() is not None:
        break
    time.sleep(0.05)
body = json.dumps({"inputs": [[i % 2 for i in range(784)]] * 100})
text = f"POST /v1/models/mnist-rbm/features?format=npy HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n{body}"
got = []
for _ in range(20 if found else 0):
    s = socket.create_connection(("127.0.0.1", int(found.group(1))), 60)
    s.sendall(text.encode())
    got.append(s.recv(20)[9:12])
    if got[-1] == b"503": # it is being loaded
        time.sleep(0.2)
time.sleep(0.3) # the log is written a few times a second
if p.poll() is not None or b"200" not in got:
    sys.exit(f"FAILED: small stacks and logs: {got}, exit status {p.poll()}")
p.terminate()
sys.exit(p.wait())
'
if command -v python3 >/dev/null; then
    python3 -c "$small" "$BIN_DIR/boltzd" "$SOURCE_DIR/models" "$work/log" || { echo "FAILED: limits: exit status $?"; exit 1; }
fi

# No file or socket takes the place of a stream that is closed, where it would get the log.
"$BIN_DIR/boltzd" --model-repository "$work/models" --listen "unix:$work/socket" --allow-empty 0<&- 1>&- 2>&- &
daemon=$!
for _ in $(seq 600); do
    [ -S "$work/socket" ] && break
    sleep 0.1
done
places=$(readlink "/proc/$daemon/fd/0" "/proc/$daemon/fd/1" "/proc/$daemon/fd/2" | sort -u)
kill $daemon
wait $daemon || { echo "FAILED: closed streams: exit status $?"; exit 1; }
[ "$places" = /dev/null ] || { echo "FAILED: in the places of closed streams: $places"; exit 1; }

# The memory that training needs is compared with the computer's before any of it is allocated.
for _ in $(seq 30); do echo '1 60000:1'; done >"$work/wide.svm"
"$BIN_DIR/boltz" train rbm --data "$work/wide.svm" --hidden 2 --chains 1048576 --algorithm pcd --out "$work/model" 2>"$work/err" &&
    { echo "FAILED: trained with more chains than memory holds"; exit 1; }
grep -q 'takes about [0-9.e+]* GB of memory, most of it for the states of rows and chains; this computer has' "$work/err" || { echo "FAILED: not named"; cat "$work/err"; exit 1; }

# The process's own limit counts as well, and is named.
for _ in $(seq 30); do echo 1,0,1,1; echo 0,1,0,1; done >"$work/bits.csv"
(
    ulimit -v 4000000 || exit 77
    "$BIN_DIR/boltz" train rbm --data "$work/bits.csv" --hidden 1000 --chains 1048576 --algorithm pcd --threads 1 --out "$work/model"
) 2>"$work/err"
status=$?
[ $status = 77 ] && { echo "ulimit -v cannot be set: left out"; exit 0; }
[ $status = 1 ] && grep -q 'takes about [0-9.]* GB of memory, .*; the limit of address space (ulimit -v) is 4.1 GB' "$work/err" ||
    { echo "FAILED: ulimit -v: exit status $status, or not named"; cat "$work/err"; exit 1; }
