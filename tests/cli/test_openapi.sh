#!/bin/bash
# /openapi.json as programs use it: a typed client generated from it compiles and works, and replies are as it says: to random
# requests generated from it, to pairs of parameters, to damaged bodies. Needs what scripts/test-tools installs from npm.
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
printf '1,0,1,1\n0,1,0,0\n1,1,0,1\n' >rows.csv
"$BIN_DIR/boltz" index repo/tiny --data rows.csv >said 2>&1 || fail "no index: $(cat said)"
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
cp "$SOURCE_DIR/tests/tools/client.ts" "$SOURCE_DIR"/tests/tools/{described,fuzz_openapi,sweep_parameters,mutate_bodies}.mjs .
echo '{"type":"module"}' >package.json
node node_modules/typescript/bin/tsc --strict --target es2022 --module esnext --moduleResolution bundler --lib es2022,dom \
    client.ts >said || fail "the typed client does not compile: $(head -20 said)"
node client.js "$base" || fail "the typed client"
# without model control these have no successful reply here
FUZZ_NEVER="/load /unload" node fuzz_openapi.mjs "$base" "${FUZZ_REQUESTS:-1000}" "${FUZZ_SEED:-1}" || fail "fuzz"
node sweep_parameters.mjs "$base" "${SWEEP_SECONDS:-3}" "${FUZZ_SEED:-1}" || fail "pairs of parameters"
node mutate_bodies.mjs "$base" "${SWEEP_SECONDS:-3}" "${FUZZ_SEED:-1}" || fail "damaged bodies"
echo "all passed"
