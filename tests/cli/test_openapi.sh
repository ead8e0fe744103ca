#!/bin/bash
# /openapi.json as programs use it: a typed client generated from it compiles and works, and replies to random requests generated
# from it are as it says. Needs what scripts/test-tools installs from npm.
set -u
boltzd="$BIN_DIR/boltzd"
tools="${BOLTZ_TEST_TOOLS:-$SOURCE_DIR/build-test/tools}"
[ -x "$boltzd" ] || { echo "no boltzd in $BIN_DIR: skipped"; exit 77; }
[ -d "$tools/node_modules/openapi-typescript" ] && command -v node >/dev/null ||
    { echo "no openapi-typescript in $tools (scripts/test-tools): skipped"; exit 77; }
work=$(mktemp -d) || exit 1
daemon=
finish() {
    [ -n "$daemon" ] && kill "$daemon" 2>/dev/null && wait "$daemon"
    rm -rf "$work"
}
trap finish EXIT
fail() {
    echo "FAILED: $*"
    tail -5 "$work/log"
    exit 1
}

cd "$work" || exit 1
python3 "$SOURCE_DIR/tests/support/api_models.py" || fail "no models"
port=$((21000 + $$ % 9000))
"$boltzd" --model-repository repo --listen "127.0.0.1:$port" --request-timeout 20 2>log &
daemon=$!
base="http://127.0.0.1:$port"
for _ in $(seq 300); do
    curl -fsS "$base/v2/health/ready" -o /dev/null 2>/dev/null && break
    kill -0 "$daemon" 2>/dev/null || fail "boltzd ended"
    sleep 0.1
done

ln -s "$tools/node_modules" node_modules
curl -fsS "$base/openapi.json" -o openapi.json || fail "/openapi.json"
node node_modules/openapi-typescript/bin/cli.js openapi.json -o api.d.ts >said 2>&1 || fail "openapi-typescript: $(cat said)"
cp "$SOURCE_DIR/tests/tools/client.ts" "$SOURCE_DIR/tests/tools/fuzz_openapi.mjs" .
echo '{"type":"module"}' >package.json
node node_modules/typescript/bin/tsc --strict --target es2022 --module esnext --moduleResolution bundler --lib es2022,dom \
    client.ts >said || fail "the typed client does not compile: $(head -20 said)"
node client.js "$base" || fail "the typed client"
# without an index or model control these have no successful reply here
FUZZ_NEVER="/neighbors /load /unload" node fuzz_openapi.mjs "$base" "${FUZZ_REQUESTS:-1500}" "${FUZZ_SEED:-1}" || fail "fuzz"
echo "all passed"
