#!/usr/bin/env bash
# What serving costs, over loopback with wrk: rates of one-row requests beside a bare libmicrohttpd reply of the same size,
# and the delay of one-row requests among others. Everything in one run, alternating, medians of several rounds: look at the
# ratios. About 100 seconds. Needs wrk and curl, and:  cmake --build build --target boltzd bench_http_bare
#   bench/serve.sh build/bin [rounds]
set -euo pipefail
bin=${1:?usage: bench/serve.sh BIN_DIR [ROUNDS]}
rounds=${2:-5}
here=$(dirname "$(readlink -f "$0")")
work=$(mktemp -d)
port=$((20000 + RANDOM % 10000))
model=http://127.0.0.1:$port/v1/models/mnist-rbm
cores=$(nproc)
pids=()
trap 'exec 8>&- ; kill "${pids[@]}" 2>/dev/null || true; wait; rm -rf "$work"' EXIT

"$bin/boltzd" --model-repository "$here/../models" --listen "127.0.0.1:$port" 2>"$work/log" &
daemon=$!
pids+=("$daemon")
curl -s -o /dev/null --retry 50 --retry-delay 1 --retry-connrefused "http://127.0.0.1:$port/v2/health/ready"

# 64 digits drawn from the model: raw float32, together or one by one, and one JSON body per line.
raw=application/octet-stream
curl -sf -X POST "$model/sample?format=raw&count=64&steps=500&seed=1" -o "$work/rows.raw"
curl -sf -X POST "$model/sample?count=64&steps=500&seed=1" |
    sed -e 's/.*"samples":\[\[//' -e 's/\]\].*/\n/' -e 's/\],\[/\n/g' | sed -e '/^$/d' -e 's/.*/{"inputs":[[&]]}/' >"$work/rows.json"
printf '{"count":64,"steps":1000,"seed":1}\n' >"$work/sample.json"
reply_json=$(head -n 1 "$work/rows.json" | curl -sf "$model/features" -d @- | wc -c)

# The yardsticks: one event loop, and one per core; we hold their standard input open for as long as we run.
mkfifo "$work/life"
bare() { # port offset, loops, bytes of the reply, type
    "$bin/bench_http_bare" $((port + $1)) "$2" "$3" "$4" <"$work/life" >/dev/null &
    pids+=($!)
}
bare 1 1 2000 $raw
bare 2 "$cores" 2000 $raw
bare 3 1 "$reply_json" application/json
bare 4 "$cores" "$reply_json" application/json
exec 8>"$work/life"
sleep 0.5

# post CLIENTS SECONDS URL FILE BYTES TYPE [THINK_MS] -> requests/s, median us, 99th percentile us, errors
post() {
    wrk -t1 -c"$1" -d"$2" -s "$here/post.lua" "$3" -- "${@:4}" | sed -n 's/^RESULT //p'
}
median() { sort -g | awk '{v[NR] = $1} END {print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2}'; }
column() { awk -v c="$2" '{print $c}' "$1"; }
cpu_ticks() { awk '{print $14 + $15}' "/proc/$1/stat"; }

one_rate() { # name, file, bytes, type, url, two bare ports
    local before after
    for _ in $(seq "$rounds"); do
        read -r one _ < <(post 32 2s "http://127.0.0.1:$((port + $6))/" "$work/$2" "$3" "$4")
        before=$(cpu_ticks "$daemon")
        read -r ours p50 p99 errors < <(post 32 2s "$5" "$work/$2" "$3" "$4")
        after=$(cpu_ticks "$daemon")
        read -r all _ < <(post 32 2s "http://127.0.0.1:$((port + $7))/" "$work/$2" "$3" "$4")
        awk -v a="$one" -v b="$all" -v o="$ours" -v t=$((after - before)) -v hz="$(getconf CLK_TCK)" -v e="$errors" \
            'BEGIN {best = a > b ? a : b; print o / best, o, a, b, t / hz / (o * 2) * 1e6, e}' >>"$work/$1"
    done
    printf '%-34s %8.0f /s   bare %8.0f /s (one loop), %8.0f /s (a loop a core)   %5.1f us CPU a request   errors %d\n' "$1" \
        "$(column "$work/$1" 2 | median)" "$(column "$work/$1" 3 | median)" "$(column "$work/$1" 4 | median)" \
        "$(column "$work/$1" 5 | median)" "$(column "$work/$1" 6 | sort -g | tail -1)"
    printf '%-34s %8.2f of the better bare rate, median of %d rounds (%s)\n' '' "$(column "$work/$1" 1 | median)" "$rounds" \
        "$(column "$work/$1" 1 | awk '{printf "%s%.2f", (NR > 1 ? " " : ""), $1}')"
}

# Delay for 48 clients with one row each: alone, and beside 12 with 64 rows and 4 that sample 64 chains for 1000 steps.
mixed() { # name, think time in ms
    local others=()
    for _ in $(seq $((rounds / 2 + 1))); do
        read -r rate p50 p99 errors < <(post 48 2s "$model/features?format=raw" "$work/rows.raw" 3136 $raw "$2")
        echo "$p99 $p50 $rate $errors" >>"$work/$1 alone"
        post 12 3s "$model/features?format=raw" "$work/rows.raw" 200704 $raw >"$work/many" &
        others=($!)
        post 4 3s "$model/sample?format=raw" "$work/sample.json" 0 application/json >"$work/long" &
        others+=($!)
        sleep 0.5
        read -r rate p50 p99 errors < <(post 48 2s "$model/features?format=raw" "$work/rows.raw" 3136 $raw "$2")
        wait "${others[@]}"
        echo "$p99 $p50 $rate $errors $(cut -d' ' -f1 "$work/many") $(cut -d' ' -f1 "$work/long")" >>"$work/$1 mixed"
    done
    paste "$work/$1 alone" "$work/$1 mixed" | awk '{print $5 / $1}' >"$work/$1"
    printf '%-34s alone  p50 %7.2f ms  p99 %7.2f ms  %8.0f /s\n' "$1" "$(column "$work/$1 alone" 2 | median | ms)" \
        "$(column "$work/$1 alone" 1 | median | ms)" "$(column "$work/$1 alone" 3 | median)"
    printf '%-34s mixed  p50 %7.2f ms  p99 %7.2f ms  %8.0f /s   beside %.0f /s of 64 rows, %.1f /s of 64 x 1000 steps\n' '' \
        "$(column "$work/$1 mixed" 2 | median | ms)" "$(column "$work/$1 mixed" 1 | median | ms)" \
        "$(column "$work/$1 mixed" 3 | median)" "$(column "$work/$1 mixed" 5 | median)" "$(column "$work/$1 mixed" 6 | median)"
    printf '%-34s p99 mixed / alone %.1f, median of %d rounds (%s)\n' '' "$(median <"$work/$1")" $((rounds / 2 + 1)) \
        "$(awk '{printf "%s%.1f", (NR > 1 ? " " : ""), $1}' "$work/$1")"
}
ms() { awk '{print $1 / 1000}'; }

echo "$("$bin/boltzd" --version | head -1), $cores cores, load $(cut -d' ' -f1 /proc/loadavg)"
one_rate 'raw: 3136 bytes in, 2000 out' rows.raw 3136 $raw "$model/features?format=raw" 1 2
one_rate "JSON: 1600 bytes in, $reply_json out" rows.json 0 application/json "$model/features" 3 4
mixed 'one row, clients never idle' 0
mixed 'one row, clients think 20 ms' 20
