#!/bin/bash
# What `boltz` divides among threads gives the same bits as one thread: training of every kind, measurements, samples. Short runs: this
# is also what ThreadSanitizer checks, which has nothing to find in a single thread.
set -u
# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"

counts="1 3" updates=20
if nm -D "$boltz" 2>/dev/null | grep -q __tsan_init; then
    counts=3 updates=6
    export GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2,-FMA # the kernels that are checked (CMakeLists.txt)
fi
failures=0
fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}
awk 'BEGIN { srand(3); for (i = 0; i < 300; i++) { line = ""; a = rand() < 0.5
    for (j = 0; j < 16; j++) line = line (j ? "," : "") (rand() < (j % 2 == a ? 0.85 : 0.1)); print line } }' >rows.csv
awk 'BEGIN { srand(4); for (i = 0; i < 200; i++) { line = ""
    for (j = 0; j < 8; j++) line = line (j ? "," : "") (rand() < 0.1 ? "" : rand() - (i % 2)); print line } }' >real.csv
cut -d, -f1-8 rows.csv >left.csv
cut -d, -f9-16 rows.csv >right.csv
awk -F, '{ print $1 == $3 ? "same" : "other" }' rows.csv >labels.txt

# The tensors of a model file: what follows its header.
tensors() { python3 -c 'import struct, sys; d = open(sys.argv[1], "rb").read(); sys.stdout.buffer.write(d[8 + struct.unpack("<Q", d[:8])[0]:])' "$1"; }
both() { # NAME ARGS...: with one thread and with three
    local name=$1 threads
    shift
    for threads in $counts; do
        "$boltz" "$@" --threads "$threads" --out "$name-$threads" >/dev/null 2>message || { fail "$* --threads $threads: $(cat message)"; return; }
    done
    [ "$counts" = 3 ] || cmp <(tensors "$name-1/1/model.safetensors") <(tensors "$name-3/1/model.safetensors") || fail "$*: three threads give other bits than one"
}
few=(--updates "$updates" --batch 200 --log none)
both pcd train rbm --data rows.csv --hidden 70 "${few[@]}" --valid-fraction 0.2
both cd train rbm --data rows.csv --hidden 20 "${few[@]}" --algorithm cd --optimizer adam
both pt train rbm --data rows.csv --hidden 8 "${few[@]}" --algorithm pt
both ptt train rbm --data rows.csv --hidden 8 "${few[@]}" --algorithm ptt
both dbm train dbm --data rows.csv --hidden 20,10 "${few[@]}"
both bm train bm --data rows.csv --hidden 8 "${few[@]}"
both real train rbm --data real.csv --hidden 8 "${few[@]}" --missing infer
both multi train multimodal --data left=left.csv --data right=right.csv --hidden left=8 --hidden right=8 --joint 6 "${few[@]}"
both labels train rbm --data rows.csv --labels labels.txt --hidden 8 "${few[@]}" --objective hybrid
both auto train autoencoder --data rows.csv --hidden 8 "${few[@]}"
both tuned finetune pcd-3 --data rows.csv --labels labels.txt --epochs 2

same() { # NAME ARGS...: the same output, and the same file if there is one
    local name=$1 threads
    shift
    for threads in $counts; do
        "$boltz" "$@" --threads "$threads" >"$name-$threads.out" 2>message || { fail "$* --threads $threads: $(cat message)"; return; }
    done
    [ "$counts" = 3 ] || cmp "$name-1.out" "$name-3.out" || fail "$*: three threads give other bits than one"
}
same ais evaluate pcd-3 --data rows.csv --ais --runs 70 --betas 300 --json
same exact evaluate pcd-3 --data rows.csv --exact --json
same deep evaluate dbm-3 --data rows.csv --ais --runs 70 --betas 200 --json
same tempered sample bm-3 --sampler tempering --count 8 --steps 20 --seed 5 # the chains of --thermodynamics, far fewer sweeps
same sample sample pcd-3 --count 130 --steps 30 --seed 5
same score score pcd-3 --data rows.csv
same features features dbm-3 --data rows.csv
same impute impute real-3 --data real.csv
[ "$failures" -eq 0 ]
