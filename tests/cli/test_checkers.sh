#!/bin/bash
# Third-party checkers read what a running daemon publishes about itself: promtool /metrics, an OpenAPI linter /openapi.json.
# scripts/test-tools fetches them; BOLTZ_TEST_TOOLS names their folder.
set -u
boltzd="$BIN_DIR/boltzd"
tools="${BOLTZ_TEST_TOOLS:-$SOURCE_DIR/build-test/tools}"
[ -x "$boltzd" ] || { echo "no boltzd in $BIN_DIR: skipped"; exit 77; }
promtool=$(command -v promtool || echo "$tools/promtool")
linter="$tools/lint_openapi.mjs"
[ -x "$promtool" ] || promtool=
{ [ -f "$linter" ] && [ -d "$tools/node_modules" ] && command -v node >/dev/null; } || linter=
[ -n "$promtool$linter" ] || { echo "neither promtool nor the OpenAPI linter in $tools (scripts/test-tools): skipped"; exit 77; }
work=$(mktemp -d) || exit 1
failures=0
daemon=

finish() {
    [ -n "$daemon" ] && kill "$daemon" 2>/dev/null && wait "$daemon"
    rm -rf "$work"
}
trap finish EXIT

fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# A good model and a bad one; replies of every status class, so that every metric has a value.
mkdir -p "$work/models/bad/1"
cp -rL "$SOURCE_DIR/models/mnist-rbm" "$work/models/"
echo nonsense >"$work/models/bad/1/model.safetensors"
"$boltzd" --model-repository "$work/models" --listen "unix:$work/socket" --metrics-compat triton 2>"$work/log" &
daemon=$!
ask() {
    curl -sS --unix-socket "$work/socket" "http://localhost$1" "${@:2}"
}
for _ in $(seq 600); do
    [ -S "$work/socket" ] && ask /v2/health/ready -o "$work/out" -f 2>/dev/null && break
    sleep 0.1
done
ask /v1/models/mnist-rbm/sample -d '{"count":2,"steps":3,"seed":1}' -o "$work/out" -f || fail "sample: $(cat "$work/log")"
ask '/v1/models/mnist-rbm/sample?format=sse' -d '{"steps":4,"every":2}' -o "$work/out" -f || fail "stream"
ask /v1/models/mnist-rbm/features -d '{"inputs":[[1]]}' -o "$work/out"
ask /v1/models/nobody/features -d '{}' -o "$work/out"
ask /nowhere -o "$work/out"

if [ -n "$promtool" ]; then
    ask /metrics -o "$work/metrics" -f || fail "/metrics"
    # status 3: only remarks on style, which --metrics-compat brings about: Triton's names carry no units
    "$promtool" check metrics <"$work/metrics" >"$work/said" 2>&1
    status=$?
    if [ $status = 3 ]; then grep -v '^nv_' "$work/said" >"$work/ours" && fail "promtool: $(cat "$work/ours")"; fi
    [ $status = 0 ] || [ $status = 3 ] || fail "promtool: status $status, $(cat "$work/said")"
    echo boltzd_broken_total >>"$work/metrics"
    "$promtool" check metrics <"$work/metrics" >/dev/null 2>&1 && fail "promtool does not see a broken line"
else
    echo "no promtool: /metrics not checked"
fi

if [ -n "$linter" ]; then
    ask /openapi.json -o "$work/openapi.json" -f || fail "/openapi.json"
    node "$linter" <"$work/openapi.json" >"$work/said" 2>&1 || fail "linter: $(cat "$work/said")"
    [ -s "$work/said" ] && fail "the linter remarks: $(cat "$work/said")"
    sed 's/"name":"model","in":"path"/"name":"modell","in":"path"/' "$work/openapi.json" |
        node "$linter" >/dev/null 2>&1 && fail "the linter does not see a missing path parameter"
else
    echo "no OpenAPI linter: /openapi.json not checked"
fi

[ $failures = 0 ] || { echo "$failures failed"; exit 1; }
echo "all passed"
