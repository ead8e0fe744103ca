#!/usr/bin/env bash
# The examples of docs/api.md as people copy them, against the shipped models: those of the same operation print the same.
set -uo pipefail

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"
needs "$boltzd" curl

cp -r "$SOURCE_DIR/models" "$SOURCE_DIR/clients/js/boltz.js" .
export PYTHONPATH=$SOURCE_DIR/clients/python PYTHONDONTWRITEBYTECODE=1
"$boltz" sample models/mnist-rbm --count 50 --steps 10 --seed 2 --out indexed.npy >/dev/null 2>&1 &&
    "$boltz" index models/mnist-rbm --data indexed.npy >/dev/null 2>message || { cat message; exit 1; }
serve models

awk '/^## / { on = $0 == "## Examples" }
     on && /^### / { operation = $2 }
     on && /^```[a-z]/ { file = sprintf("%02d-%s.%s", ++n, operation, substr($0, 4)); next }
     /^```/ { file = "" }
     file { print >file }' "$SOURCE_DIR/docs/api.md"
python=$(for p in python3 /usr/bin/python3; do "$p" -c 'import numpy' 2>/dev/null && echo "$p" && break; done)
node=$(command -v node)
failures=0 ran=0 operations=0
for block in [0-9][0-9]-*; do
    sed -i "s/localhost:8080/127.0.0.1:$port/g" "$block"
    case $block in
        *.sh) run=bash ;;
        *.python) run=$python ;;
        *.javascript) mv "$block" "${block%.*}.mjs" && block=${block%.*}.mjs run=$node ;;
        *) echo "FAILED: nothing runs $block"; exit 1 ;;
    esac
    [ -n "$run" ] || { echo "$block: nothing to run it with, skipped"; continue; }
    said=$(timeout 120 "$run" "$block" 2>err) || { echo "FAILED: $block"; head -5 err; failures=$((failures + 1)); continue; }
    if [ "$run" = bash ]; then
        want=$said operations=$((operations + 1))
        [[ $said == \[*\] ]] || { echo "FAILED: $block said '${said:0:300}'"; failures=$((failures + 1)); }
    elif ! python3 -c 'import json, sys; a, b = map(json.loads, sys.argv[1:]); sys.exit(a != b)' "$said" "$want"; then
        echo "FAILED: $block said '${said:0:300}', the shell '${want:0:300}'"
        failures=$((failures + 1))
    fi
    ran=$((ran + 1))
done
[ "$operations" = 7 ] || { echo "FAILED: $operations operations have examples, expected 7"; exit 1; }
[ "$failures" = 0 ] || { echo "$failures failed"; exit 1; }
echo "all passed ($ran examples)"
