#!/bin/bash
# boltz train as a job: signals, locks, restarting with the same command, launchers, disks that are temporarily full.
set -u
boltz="$BIN_DIR/boltz"
[ -x "$boltz" ] || { echo "no boltz in $BIN_DIR: skipped"; exit 77; }
work=$(mktemp -d) || exit 1
trap 'umount "$work/full" 2>/dev/null; rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0
fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}
awk 'BEGIN { srand(3); for (i = 0; i < 200; i++) { line = ""; for (j = 0; j < 16; j++) line = line (j ? "," : "") (rand() < 0.5);
    print line } }' >rows.csv

common=(rbm --data rows.csv --hidden 8 --threads 1)
# begin NAME ARGS...: in the background; $run is its process
begin() {
    local name=$1
    shift
    "$boltz" train "${common[@]}" --out "repo/$name" "$@" >"$name.out" 2>"$name.err" &
    run=$!
}
# until_there FILE: at most a minute
until_there() {
    for _ in $(seq 600); do
        [ -s "$1" ] && return 0
        sleep 0.1
    done
    fail "$1 never came: $(cat ./*.err)"
}
# ended STATUS
ended() {
    wait "$run" 2>/dev/null
    local status=$?
    [ $status = "$1" ] || fail "$2: status $status, expected $1"
}
long=(--updates 100000000 --checkpoint-every 20)

# Each signal that schedulers send ends the run with a checkpoint and status 128 + its number; USR1 writes a checkpoint and continues.
for pair in INT:130 TERM:143 HUP:129 XCPU:152 USR2:140; do
    signal=${pair%:*}
    begin "$signal" "${long[@]}"
    until_there "repo/$signal/.train/checkpoint"
    kill -"$signal" $run
    ended "${pair#*:}" "SIG$signal"
    grep -q "interrupted after" "$signal.err" || fail "SIG$signal: $(cat "$signal.err")"
done
begin usr1 --updates 100000000 --checkpoint-every 1000000000
until_there usr1.err
sleep 0.3
kill -USR1 $run
until_there repo/usr1/.train/checkpoint
kill -0 $run || fail "SIGUSR1 ended the run"

# A live run has exclusive use of its model, and is not disturbed.
"$boltz" train "${common[@]}" --updates 10 --out repo/usr1 --restart >/dev/null 2>message && fail "two runs into one model"
grep -q "process $run on host" message || fail "the live run is not named: $(cat message)"
[ -s repo/usr1/.train/checkpoint ] || fail "the second run took the checkpoint away"

# However many signals arrive, a checkpoint that has been started is finished.
for _ in 1 2 3 4 5; do kill -TERM $run 2>/dev/null; done
ended 143 "many SIGTERM"
[ "$(ls -A repo/usr1/.train | tr '\n' ' ')" = "checkpoint lock " ] || fail "left: $(ls -A repo/usr1/.train)"

# SIGHUP stays ignored where it was ignored at start (nohup).
(trap '' HUP; exec "$boltz" train "${common[@]}" "${long[@]}" --out repo/nohup >/dev/null 2>&1) &
run=$!
until_there repo/nohup/.train/checkpoint
kill -HUP $run
sleep 0.3
kill -0 $run 2>/dev/null || fail "SIGHUP that was ignored ended the run"
kill -TERM $run
ended 143 nohup

# While data are being read there is nothing to save: the run ends immediately, and leaves no folder that looks like a run.
mkfifo slow.csv
sleep 30 >slow.csv &
pipe=$!
"$boltz" train rbm --data slow.csv --hidden 2 --out repo/slow >/dev/null 2>&1 &
run=$!
sleep 0.5
kill -TERM $run
ended 143 "SIGTERM while reading"
kill $pipe

# An interrupted run is neither lost nor continued without being asked to.
again=("$boltz" train "${common[@]}" --log none)
"${again[@]}" "${long[@]}" --out repo/TERM >/dev/null 2>message
[ $? = 2 ] && grep -q -- "--resume" message && grep -q -- "--restart" message || fail "interrupted: $(cat message)"
[ -s repo/TERM/.train/checkpoint ] || fail "the checkpoint is gone"
"${again[@]}" --updates 20 --out repo/TERM --resume >/dev/null 2>message
[ $? = 1 ] && grep -q "updates = 100000000" message || fail "--resume with other settings: $(cat message)"
"${again[@]}" --updates 20 --out repo/TERM --auto-resume >/dev/null 2>message
[ $? = 2 ] && grep -q "updates = 100000000" message || fail "--auto-resume with other settings: $(cat message)"
"${again[@]}" --updates 20 --out repo/TERM --restart --resume >/dev/null 2>message
[ $? = 2 ] || fail "--restart and --resume together: $(cat message)"
"${again[@]}" --updates 20 --out repo/TERM --restart >/dev/null || fail "--restart"
[ -s repo/TERM/1/model.safetensors ] && [ ! -e repo/TERM/.train ] || fail "after --restart: $(ls -A repo/TERM)"

# --auto-resume: one command for the first start, for continuing (with the same data under another path), and after the end.
job=(train rbm --hidden 8 --threads 1 --log none --updates 5000 --checkpoint-every 10 --out repo/job --auto-resume --data)
mkdir 1 2
cp rows.csv 1/a.csv
cp rows.csv 2/b.csv
"$boltz" "${job[@]}" 1/a.csv >/dev/null 2>&1 &
run=$!
until_there repo/job/.train/checkpoint
kill -TERM $run
ended 143 "the job"
[ ! -e repo/job/1 ] || fail "the job was done before it was interrupted"
[ "$("$boltz" "${job[@]}" 2/b.csv)" = repo/job/1 ] || fail "the job did not go on"
[ "$("$boltz" "${job[@]}" 2/b.csv)" = repo/job/1 ] && [ ! -e repo/job/2 ] || fail "the job that was done"
[ ! -e repo/job/.train ] || fail "left: $(ls -A repo/job/.train)"
"$boltz" train rbm --hidden 8 --threads 1 --log none --updates 5000 --out repo/whole --data rows.csv >/dev/null
cmp <(tail -c 500 repo/whole/1/model.safetensors) <(tail -c 500 repo/job/1/model.safetensors) || fail "the job's bits"
"$boltz" "${job[@]}" 2/b.csv --seed 2 >/dev/null 2>message
[ $? = 2 ] && grep -q "seed = 1" message && grep -q "seed = 2" message || fail "another seed: $(cat message)"
head -100 rows.csv >2/b.csv
"$boltz" "${job[@]}" 2/b.csv >/dev/null 2>message
[ $? = 2 ] && grep -q "sha256" message || fail "other data: $(cat message)"

# The record holds what was given, and shows later whether the tensors are still those that were written.
"${again[@]}" --updates 10 --seed 9007199254740991 --out repo/record >/dev/null || fail "the largest seed"
"$boltz" inspect repo/record --json | grep -q '"seed":9007199254740991,' || fail "seed: $("$boltz" inspect repo/record --json)"
"$boltz" inspect repo/record --check | grep -q "are those that were written" || fail "no digest of the tensors"
"$boltz" inspect repo/record | grep -q "(as recorded)" || fail "inspect does not tell"
printf '\0\0\0\0' | dd of=repo/record/1/model.safetensors bs=1 seek=$(($(stat -c %s repo/record/1/model.safetensors) - 4)) conv=notrunc 2>/dev/null
"$boltz" inspect repo/record --check >/dev/null 2>message
[ $? = 1 ] && grep -q "not those that were written" message || fail "an unwritten tail: $(cat message)"
"$boltz" evaluate repo/record --data rows.csv --exact --save >/dev/null 2>&1 && fail "an unwritten tail is saved again"
if [ -x "$BIN_DIR/boltzd" ]; then
    timeout 20 "$BIN_DIR/boltzd" --model-repository repo/record --strict-models --listen 127.0.0.1:0 --verify-models >message 2>&1
    [ $? = 1 ] && grep -q "not those that were written" message || fail "--verify-models: $(cat message)"
fi

# Several processes started by a launcher would each train the same model.
for variable in OMPI_COMM_WORLD_SIZE PMI_SIZE SLURM_STEP_NUM_TASKS; do
    env SLURM_STEP_ID=0 $variable=2 "${again[@]}" --updates 10 --out repo/mpi >/dev/null 2>message
    [ $? = 2 ] && grep -q $variable message || fail "$variable: $(cat message)"
done
env SLURM_NTASKS=2 "${again[@]}" --updates 10 --out repo/batch >/dev/null || fail "a batch script of a job of two tasks"

# Lines of two runs that log to one file do not get mixed up.
for seed in 1 2; do
    "$boltz" train "${common[@]}" --epochs 300 --seed $seed --log json --out repo/log$seed 2>>log >/dev/null &
done
wait
[ "$(grep -c '' log)" -gt 600 ] && ! grep -qvE '^\{"(stage|message)"[^{}]*\}$' log || fail "lines are mixed"

# A disk that is full at a checkpoint only causes a warning.
mkdir full
if mount -t tmpfs -o size=1m tmpfs full 2>/dev/null; then
    "$boltz" train rbm --data rows.csv --hidden 40 --threads 1 "${long[@]}" --out full/x >/dev/null 2>full.err &
    run=$!
    until_there full/x/.train/checkpoint
    head -c 1200000 /dev/zero >full/other 2>/dev/null
    for _ in $(seq 100); do
        grep -q "warning: no checkpoint" full.err && break
        sleep 0.1
    done
    grep -q "warning: no checkpoint" full.err || fail "no warning: $(cat full.err)"
    rm full/other
    kill -TERM $run
    ended 143 "after a full disk"
    [ -s full/x/.train/checkpoint ] || fail "no checkpoint after a full disk"

    # A sweep's run that has no room even for its log: the settings take the last page.
    head -c 2000000 /dev/zero >full/other 2>/dev/null
    truncate -s -4096 full/other
    "$boltz" sweep rbm --data rows.csv --vary hidden=3,4 --threads 1 --out full/swept >/dev/null 2>full.err
    [ $? = 1 ] && grep -q "run 1 (hidden=3) failed: .*is the disk full?" full.err || fail "a sweep on a full disk: $(cat full.err)"
fi

# finetune, too, leaves no empty folder behind where the model cannot be written.
awk 'BEGIN { for (i = 0; i < 200; i++) print i % 2 }' >labels
(
    ulimit -f 1
    "$boltz" finetune repo/whole --data rows.csv --labels labels --epochs 1 --threads 1 --out repo/never >/dev/null 2>message
)
[ $? = 1 ] && grep -q "cannot be written: File too large" message && [ ! -e repo/never ] || fail "finetune left something behind"

[ $failures = 0 ] && echo "all right"
[ $failures = 0 ]
