# Sourced by tests of the built programs: where they are, and a working folder that is removed at the end.
boltz=$BIN_DIR/boltz boltzd=$BIN_DIR/boltzd
pid= # of what the test has started: stopped at the end

# Skips the test unless all these programs are there.
needs() {
    local program
    for program in "$@"; do
        command -v "$program" >/dev/null || { echo "no $program: skipped"; exit 77; }
    done
}
fail() { echo "FAILED: $*" >&2; exit 1; }

# Arguments: a repository, then options. Starts boltzd, sets pid and port, and waits until it is ready.
serve() {
    : >log # it is read before the daemon has opened it
    "$boltzd" --model-repository "$@" --listen 127.0.0.1:0 2>log &
    pid=$!
    for _ in $(seq 400); do
        port=$(sed -n 's/.*127\.0\.0\.1:\([0-9]*\).*/\1/p' log | head -1)
        [ -n "$port" ] && curl -sf "127.0.0.1:$port/v2/health/ready" >/dev/null && return
        sleep 0.05
    done
    fail "boltzd is not ready: $(cat log)"
}

needs "$boltz"
work=$(mktemp -d) || exit 1
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work" || exit 1
