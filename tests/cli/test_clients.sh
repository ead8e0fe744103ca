#!/bin/bash
# docs/clients.md as people use it: every block is run against a daemon, and prints seed, error code and the stream's end.
# A block whose program is not installed is named and skipped.
set -u
boltzd="$BIN_DIR/boltzd"
tools="${BOLTZ_TEST_TOOLS:-$SOURCE_DIR/build-test/tools}"
[ -x "$boltzd" ] || { echo "no boltzd in $BIN_DIR: skipped"; exit 77; }
work=$(mktemp -d) || exit 1
daemon=
finish() {
    [ -n "$daemon" ] && kill "$daemon" 2>/dev/null && wait "$daemon"
    rm -rf "$work"
}
trap finish EXIT
cd "$work" || exit 1
port=$((21000 + $$ % 9000))
"$boltzd" --model-repository "$SOURCE_DIR/models" --listen "127.0.0.1:$port" 2>log &
daemon=$!
for _ in $(seq 300); do
    curl -fsS "http://127.0.0.1:$port/v2/health/ready" -o /dev/null 2>/dev/null && break
    kill -0 "$daemon" 2>/dev/null || { echo "FAILED: boltzd ended"; cat log; exit 1; }
    sleep 0.1
done

# Blocks as files: 1-curl.sh, 2-wget.sh, ...
awk '/^## / { name = tolower($0); sub(/^## /, "", name); gsub(/[^a-z]+/, "-", name) }
     /^```[a-z]/ { file = ++n "-" name "." substr($0, 4); next }
     /^```/ { file = ""; next }
     file { print >file }' "$SOURCE_DIR/docs/clients.md"
ln -s "$tools/node_modules" node_modules 2>/dev/null
failures=0 ran=0
for block in [0-9]*; do
    sed -i "s/localhost:8080/127.0.0.1:$port/g" "$block"
    case $block in
        *curl.sh) run="bash" ;;
        *wget.sh) run="bash" need=wget ;;
        *axios*) mv "$block" "${block%.*}.mjs" && block="${block%.*}.mjs" run="node" need=node
            [ -d "$tools/node_modules/axios" ] && [ -d "$tools/node_modules/eventsource" ] || need="axios and eventsource in $tools" ;;
        *.javascript) mv "$block" "${block%.*}.mjs" && block="${block%.*}.mjs" run="node" ;;
        *.python) run="python3" ;;
        *.perl) run="perl" ;;
        *.php) run="php" ;;
        *.ruby) run="ruby" ;;
        *.r) run="Rscript" ;;
        *.go) run="go" ;;
        *.java) run="java" need=javac ;;
        *.octave) run="octave-cli" ;;
        *) echo "FAILED: nothing runs $block"; exit 1 ;;
    esac
    command -v "${need:-$run}" >/dev/null || { echo "$block: no ${need:-$run}, skipped"; unset need; continue; }
    unset need
    [ "$run" != Rscript ] || Rscript -e 'library(curl); library(jsonlite)' >/dev/null 2>&1 ||
        { echo "$block: no curl and jsonlite for R, skipped"; continue; }
    want="7 shape_mismatch done "
    case $run in
        go) set -- go run ;;
        octave-cli) set -- octave-cli --no-history && want="7 done " ;; # it does not expose the bodies of error replies
        *) set -- "$run" ;;
    esac
    said=$(GOCACHE="$work/go" timeout 120 "$@" "$block" 2>err | tr -d ' \r' | tr '\n' ' ')
    if [ "$said" = "$want" ]; then
        ran=$((ran + 1))
    else
        echo "FAILED: $block said '$said'"
        head -5 err
        failures=$((failures + 1))
    fi
done
[ $failures = 0 ] || { echo "$failures failed"; exit 1; }
[ $ran -ge 3 ] || { echo "FAILED: only $ran blocks were run"; exit 1; }
echo "all passed ($ran clients)"
