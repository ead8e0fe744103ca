#!/usr/bin/env bash
# The incidents of docs/operations.md, each provoked and then fixed as described there.
set -euo pipefail

boltz=$BIN_DIR/boltz boltzd=$BIN_DIR/boltzd
[ -x "$boltz" ] && [ -x "$boltzd" ] || { echo "no boltz or boltzd in $BIN_DIR: skipped"; exit 77; }
for program in curl openssl; do command -v $program >/dev/null || { echo "skipped: needs $program"; exit 77; }; done
work=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill -9 "$pid" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"

awk 'BEGIN { srand(3); for (i = 0; i < 60; i++) { line = ""; for (j = 0; j < 12; j++) line = line (j ? "," : "") (rand() < 0.5);
    print line } }' >rows.csv
train() { "$boltz" train rbm --data rows.csv --hidden 8 --updates 200 --threads 1 --log none --out repo/m "$@" >/dev/null 2>&1; }
train --seed 1
train --seed 2
train --seed 3

fail() { echo "FAILED: $*"; tail -n 15 log; exit 1; }
start() {
    : >log # it is read before the daemon has opened it
    "$boltzd" --listen 127.0.0.1:0 --workers 1 --config boltzd.conf 2>log &
    pid=$!
    for _ in $(seq 400); do
        url=$(sed -n 's/.*listening on \(http[^ ]*\).*/\1/p' log | head -n 1)
        [ -n "$url" ] && grep -q 'in service\|UNAVAILABLE\|refused\|no model' log && return
        sleep 0.02
    done
    fail "the daemon does not start"
}
stop() { kill "$pid"; wait "$pid" || true; pid=; }
until_so() { # what, command: within ten seconds
    local what=$1
    shift
    for _ in $(seq 200); do "$@" && return; sleep 0.05; done
    fail "$what"
}
status() { curl -sk -o reply -w '%{http_code}' "$@"; }
is() { [ "$(status "${@:2}")" = "$1" ]; }
version() { [ "$(curl -s "$url/v1/models/m" | grep -o '"version":[0-9]*')" = "\"version\":$1" ]; }
ask() { printf '{"inputs":[[%s]]}' "$(head -n 1 rows.csv)"; }

echo 'model-repository = repo' >boltzd.conf

echo "a version that answers worse than the one before: back by an alias"
start
until_so "version 3 is served" version 3
echo 'default = 2' >repo/m/aliases
kill -HUP "$pid"
until_so "version 2 is served again" version 2
curl -sf "$url/v1/models/m/versions/3/free-energy" -d "$(ask)" >/dev/null || fail "version 3 can still be named"
rm repo/m/aliases
kill -HUP "$pid"
until_so "version 3 is served once the line is gone" version 3

echo "a version that does not load: the one before goes on, the reason is told, and it is not lost at a restart"
mkdir repo/m/4
head -c 2000 repo/m/3/model.safetensors >repo/m/4/model.safetensors
kill -HUP "$pid"
until_so "a metric shows it" sh -c "curl -s $url/metrics | grep -q 'boltzd_model_last_load_success{model=\"m\"} 0'"
version 3 || fail "version 3 is served beside a broken version 4"
"$boltz" inspect repo/m/4 --check >/dev/null 2>reason && fail "inspect --check finds nothing wrong"
grep -q . reason
stop
start
until_so "version 3 is served after a restart" version 3
rm -r repo/m/4
kill -HUP "$pid"
until_so "the metric is well again" sh -c "curl -s $url/metrics | grep -q 'boltzd_model_last_load_success{model=\"m\"} 1'"

echo "a served file written over in place: out, and in again when it is read anew"
cp repo/m/3/model.safetensors kept
cp repo/m/2/model.safetensors repo/m/3/model.safetensors
until_so "its model is unavailable" is 503 "$url/v1/models/m/free-energy" -d "$(ask)"
grep -q model_unavailable reply
cp kept repo/m/3/model.safetensors
kill -HUP "$pid"
until_so "the model serves again" is 200 "$url/v1/models/m/free-energy" -d "$(ask)"

echo "the volume is not mounted: what is in memory stays"
mv repo away
mkdir repo
kill -HUP "$pid"
until_so "the log says so" grep -q 'not mounted\|another folder' log
is 200 "$url/v1/models/m/free-energy" -d "$(ask)" || fail "the model is gone with the volume"
rmdir repo
mv away repo
kill -HUP "$pid"

echo "one client floods: a limit by SIGHUP, without a restart"
printf 'client-concurrency = 1\nevent-threads = 3\n' >>boltzd.conf
kill -HUP "$pid"
until_so "what waits for the next start is named" grep -q 'event-threads: .*next start' log
grep -q 'client-concurrency:' log && fail "client-concurrency waits for the next start"
for i in 1 2 3 4; do curl -s -D flood.$i -o /dev/null "$url/v1/models/m/sample" -d '{"count":64,"steps":5000}' & flood[i]=$!; done
wait "${flood[@]}"
grep -q '^HTTP/1.1 200' flood.* || fail "nobody was served"
told=$(grep -l '^HTTP/1.1 429' flood.* | head -n 1)
[ -n "$told" ] || fail "nobody was told 429"
grep -qi '^retry-after' "$told" || fail "429 without Retry-After"
stop

echo "a key has leaked: its line goes, and SIGHUP"
"$boltzd" --new-key alice infer >new
key=$(grep -o 'boltz[A-Za-z0-9_-]*\|[A-Za-z0-9_-]\{30,\}' new | head -n 1)
grep -o 'alice infer sha256:[0-9a-f]*' new >keys
printf 'model-repository = repo\napi-keys = keys\n' >boltzd.conf
start
until_so "the key is let in" is 200 -H "Authorization: Bearer $key" "$url/v1/models/m"
"$boltzd" --new-key bob infer | grep -o 'bob infer sha256:[0-9a-f]*' >keys
kill -HUP "$pid"
until_so "the key is refused" is 401 -H "Authorization: Bearer $key" "$url/v1/models/m"
stop

echo "a certificate is about to end: both files, SIGHUP; a pair that does not fit is refused"
certificate() { openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$1" -keyout "$1.key" -out "$1.pem" 2>/dev/null; }
certificate old
certificate new
cp old.pem cert.pem
cp old.key key.pem
printf 'model-repository = repo\ntls-cert = cert.pem\ntls-key = key.pem\n' >boltzd.conf
start
subject() { openssl s_client -connect "${url#https://}" </dev/null 2>/dev/null | grep -q "CN *= *$1"; }
until_so "the old certificate is shown" subject old
cp new.pem cert.pem
kill -HUP "$pid"
until_so "the log refuses half a pair" grep -q 'do not work together; the old certificate stays' log
subject old || fail "half a pair was taken"
cp new.key key.pem
kill -HUP "$pid"
until_so "the new certificate is shown" subject new
stop

echo "all incidents were mended as written"
