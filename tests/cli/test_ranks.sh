#!/bin/bash
# boltz train and evaluate under mpirun: the same curve as one process, the same bits for the same number of ranks, continuing with another
# number, a rank that dies or differs. Three ranks as well: with two, every order of summation gives the same result.
set -u
boltz="$BIN_DIR/boltz"
[ -x "$boltz" ] || { echo "no boltz in $BIN_DIR: skipped"; exit 77; }
command -v mpirun >/dev/null || { echo "no mpirun (openmpi-bin): skipped"; exit 77; }
mpirun --version 2>/dev/null | grep -q "Open MPI" || { echo "mpirun is not Open MPI's: skipped"; exit 77; }
grep -q "^BOLTZ_MPI:BOOL=ON" "$BIN_DIR/../CMakeCache.txt" && grep -q "^OMPI_FOUND:INTERNAL=1" "$BIN_DIR/../CMakeCache.txt" ||
    { echo "built without Open MPI's header (libopenmpi-dev): skipped"; exit 77; }
nm -D "$boltz" 2>/dev/null | grep -q '__asan_init\|__tsan_init' && { echo "Open MPI under a sanitizer: skipped"; exit 77; }
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0
fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}
ranks() { # N ARGS...
    local n=$1
    shift
    mpirun --oversubscribe -n "$n" "$boltz" train "$@"
}
awk 'BEGIN { srand(3); for (i = 0; i < 300; i++) { line = ""; a = rand() < 0.5
    for (j = 0; j < 16; j++) line = line (j ? "," : "") (rand() < (j % 2 == a ? 0.85 : 0.1)); print line } }' >rows.csv
awk 'BEGIN { srand(4); for (i = 0; i < 200; i++) { line = ""
    for (j = 0; j < 8; j++) line = line (j ? "," : "") (rand() < 0.1 ? "" : rand() < 0.3); print line } }' >gaps.csv
awk 'BEGIN { srand(5); for (i = 0; i < 200; i++) { line = ""
    for (j = 0; j < 10; j++) line = line (j ? "," : "") int(4 * rand() * rand()); print line } }' >counts.csv

# compare ONE SEVERAL: the measures of two logs agree to within rounding errors amplified by a few updates
compare() {
    python3 - "$1" "$2" <<'P'
import json, sys
def curve(path):
    rows = [json.loads(line) for line in open(path) if line.startswith('{"stage"')]
    return [r for r in rows if r["reconstruction_error"] is not None]
a, b = curve(sys.argv[1]), curve(sys.argv[2])
assert a and len(a) == len(b), f"{len(a)} and {len(b)} measures"
for x, y in zip(a, b):
    assert x["updates"] == y["updates"]
    for key in ("reconstruction_error", "free_energy_train", "log_prob"):
        if x[key] is not None:
            assert abs(x[key] - y[key]) <= 1e-3 * (0.1 + abs(x[key])), (x["updates"], key, x[key], y[key])
P
}

# --- one process and several, by kind of machine and way of learning ---
alike() { # NAME RANKS ARGS...
    local name=$1 n=$2
    shift 2
    "$boltz" train "$@" --threads 1 --log json --out "one/$name" >/dev/null 2>"$name.1" || fail "$name: $(tail -1 "$name.1")"
    ranks "$n" "$@" --log json --out "several/$name" >path 2>"$name.n" || fail "$name, $n ranks: $(grep -v '^{' "$name.n")"
    [ "$(cat path)" = "several/$name/1" ] || fail "$name: printed '$(cat path)'"
    compare "$name.1" "$name.n" 2>message || fail "$name: $(tail -1 message)"
}
few=(--hidden 8 --updates 24)
alike pcd 3 rbm --data rows.csv "${few[@]}"
alike cd 2 rbm --data rows.csv "${few[@]}" --algorithm cd --batch 31
alike pt 2 rbm --data rows.csv "${few[@]}" --algorithm pt
alike ptt 2 rbm --data rows.csv "${few[@]}" --algorithm ptt
alike dbm 2 dbm --data rows.csv --hidden 8,6 --updates 20
alike bm 2 bm --data rows.csv "${few[@]}"
alike gaps 2 rbm --data gaps.csv "${few[@]}" --missing infer
alike counts 3 rbm --data counts.csv "${few[@]}" --visible-unit multinomial
awk 'NR > 250' rows.csv >held.csv
alike held 3 rbm --data rows.csv --valid held.csv "${few[@]}"
awk 'BEGIN { srand(6); for (i = 0; i < 200; i++) { line = i % 2; for (j = 1; j < 9; j++) if (rand() < 0.4) line = line " " j ":" int(1 + 3 * rand())
    print line } }' >words.svm
alike words 2 rbm --data words.svm "${few[@]}"
alike autoencoder 2 autoencoder --data rows.csv "${few[@]}"
grep -q '"message":"3 processes over MPI on 1 host' pcd.n || fail "not said how many: $(head -1 pcd.n)"
[ "$(grep -c '"updates":24' pcd.n)" = 1 ] || fail "one line an epoch, not one of each rank"
python3 - <<'P' || fail "the record does not say how many ranks"
import json, struct
data = open("several/pcd/1/model.safetensors", "rb").read()
header = json.loads(data[8 : 8 + struct.unpack("<Q", data[:8])[0]])
assert json.loads(header["__metadata__"]["training"])["ranks"] == 3
P

# --- one process per host reads the data: a pipe, which cannot be read twice; the same bits as when each reads for itself ---
mkfifo rows.fifo
cat rows.csv >rows.fifo &
timeout 60 mpirun --oversubscribe -n 3 "$boltz" train rbm --data rows.fifo "${few[@]}" --out fifo >/dev/null 2>message || fail "a pipe: $(cat message)"
mkdir apart
each() { # RANKS WHAT ARGS...: each rank does WHAT first, which may depend on $OMPI_COMM_WORLD_RANK (Open MPI 5.0.7 crashes on `:` between two commands)
    local n=$1 first=$2
    shift 2
    mpirun --oversubscribe -n "$n" bash -c "$first; exec \"\$0\" \"\$@\"" "$boltz" "$@"
}
each 3 '[ $OMPI_COMM_WORLD_RANK = 0 ] || cd apart' train rbm --data "$work/rows.csv" "${few[@]}" --out "$work/apart/m" >/dev/null 2>message ||
    fail "in two folders: $(cat message)"
ranks 3 rbm --data "$work/rows.csv" "${few[@]}" --out "$work/apart/m" >/dev/null 2>&1
cmp apart/m/1/model.safetensors apart/m/2/model.safetensors || fail "read by one and by each: other bits"

# --- several hosts, by name: rank 0 reads, the others hold a block of the rows each and get the rows of an update; the same bits ---
by_host='export BOLTZ_HOST=h$OMPI_COMM_WORLD_RANK; [ $OMPI_COMM_WORLD_RANK = 0 ] || cd elsewhere' # a folder without the files
mkdir elsewhere
spread() { # NAME RANKS ARGS...: as in `alike`
    local name=$1 n=$2
    shift 2
    each "$n" "$by_host" train "$@" --log json --out "$work/spread/$name" >/dev/null 2>message || fail "$name on $n hosts: $(grep -v '^{' message)"
    grep -q "processes over MPI on $n hosts" message || fail "$name: not said on how many hosts"
    cmp "several/$name/1/model.safetensors" "spread/$name/1/model.safetensors" || fail "$name on $n hosts: other bits than on one"
}
spread pcd 3 rbm --data rows.csv "${few[@]}"
spread gaps 2 rbm --data gaps.csv "${few[@]}" --missing infer
spread counts 3 rbm --data counts.csv "${few[@]}" --visible-unit multinomial
spread held 3 rbm --data rows.csv --valid held.csv "${few[@]}"
spread words 2 rbm --data words.svm "${few[@]}"
alike layers 3 dbm --data rows.csv --hidden 8,6,5 --updates 20
spread layers 3 dbm --data rows.csv --hidden 8,6,5 --updates 20
# Small batches of large machines: rows are passed where they are fewer bytes than sums, and the clock decides between that, sums, and sums in
# groups; each is tried eight times.
small=(--batch 4 --chains 4 --updates 40)
alike passed 3 rbm --data rows.csv --hidden 128 "${small[@]}"
spread passed 3 rbm --data rows.csv --hidden 128 "${small[@]}"
alike passed-cd 2 rbm --data rows.csv --hidden 96 "${small[@]}" --algorithm cd
spread passed-cd 2 rbm --data rows.csv --hidden 96 "${small[@]}" --algorithm cd
alike passed-deep 2 dbm --data rows.csv --hidden 64,64 "${small[@]}"
spread passed-deep 2 dbm --data rows.csv --hidden 64,64 "${small[@]}"
awk 'BEGIN { srand(7); for (i = 0; i < 200; i++) { c = i % 4; line = ""
    for (j = 0; j < 3; j++) line = line (j ? "," : "") 20 * (c == j) + rand(); print line } }' >groups.csv
alike groups 2 rbm --data groups.csv "${few[@]}"
grep -q "groups far apart" groups.n || fail "groups: not found: $(cat groups.n)"
spread groups 2 rbm --data groups.csv "${few[@]}"

# --- groups of rows keep their shares: chains that a group lacks in the first batch are copied from whichever rank has rows of it ---
cat >two.py <<'P'
import math, random
random.seed(8)
first = [random.random() < 0.5 for _ in range(21)]
pattern = [first, first[:2] + [not bit for bit in first[2:]]]
share, noise = [0.75, 0.25], 0.04
def row(k):
    return [int(bit != (random.random() < noise)) for bit in pattern[k]]
def log_p(x):
    off = [sum(a != b for a, b in zip(x, p)) for p in pattern]
    return math.log(sum(s * noise**d * (1 - noise)**(21 - d) for s, d in zip(share, off)))
for name, n, of in ("two.csv", 600, lambda i: int(i % 4 == 3)), ("rare.csv", 200, lambda i: 1):
    rows = [row(of(i)) for i in range(n)]
    open(name, "w").writelines(",".join(map(str, x)) + "\n" for x in rows)
    open(name + ".truth", "w").write(str(sum(map(log_p, rows)) / n))
P
python3 two.py
alike lacking 3 rbm --data two.csv --hidden 8 --batch 3 --chains 30 --updates 60 --valid-fraction 0
two=(rbm --data two.csv --hidden 30 --updates 600 --learning-rate 0.05 --valid-fraction 0 --early-stopping off)
"$boltz" train "${two[@]}" --threads 1 --out one/two >/dev/null 2>message || fail "two groups: $(cat message)"
ranks 2 "${two[@]}" --out several/two >/dev/null 2>message || fail "two groups, two ranks: $(cat message)"
grep -q "2 groups far apart" message && grep -q "the groups' shares of the distribution: 0.7[3-7] 0.2[3-7]" message || fail "shares with two ranks: $(cat message)"
for data in two rare; do # so many hidden units that shares are measured by runs, and 21 visible ones, so that all states can be summed
    for n in one several; do
        "$boltz" evaluate $n/two --data $data.csv --exact --json >$n.json 2>message || fail "evaluate $n/two: $(cat message)"
    done
    python3 - $data.csv.truth <<'P' || fail "log p of $data.csv with two ranks"
import json, sys
truth = float(open(sys.argv[1]).read())
one, several = (json.load(open(n + ".json"))["log_prob_mean"] for n in ("one", "several"))
assert abs(several - one) < 0.01 and abs(several - truth) < 0.2, (truth, one, several)
P
done
each 2 "$by_host" train rbm --data none.csv --hidden 8 --out refused >/dev/null 2>message
[ $? != 0 ] && [ "$(grep -c 'none.csv' message)" = 1 ] || fail "refused on two hosts: $(cat message)"

# --- a dry run is done by rank 0 alone ---
timeout 60 mpirun --oversubscribe -n 2 "$boltz" train rbm --data rows.csv "${few[@]}" --out look --dry-run >out 2>message || fail "--dry-run: $(cat message)"
[ "$(grep -c 'expected time' out)" = 1 ] || fail "--dry-run: $(cat out)"

# --- the same bits, with more than 5000 numbers, for which the library's own sums would change their order ---
wide=(rbm --data rows.csv --hidden 400 --updates 12)
ranks 3 "${wide[@]}" --out wide >/dev/null 2>&1
ranks 3 "${wide[@]}" --out wide >/dev/null 2>&1
cmp wide/1/model.safetensors wide/2/model.safetensors || fail "3 ranks twice: other bits"
env OMPI_MCA_coll_tuned_use_dynamic_rules=1 OMPI_MCA_coll_tuned_allreduce_algorithm=4 \
    mpirun --oversubscribe -n 3 "$boltz" train "${wide[@]}" --threads 2 --out wide >/dev/null 2>&1
cmp wide/1/model.safetensors wide/3/model.safetensors || fail "3 ranks, other settings of the library: other bits"

# --- stopping, and continuing with another number of ranks ---
until_there() {
    for _ in $(seq 600); do
        [ -e "$1" ] && return 0
        sleep 0.1
    done
    return 1
}
long=(rbm --data rows.csv --hidden 8 --early-stopping off --checkpoint-every 20)
mpirun --oversubscribe -n 2 "$boltz" train "${long[@]}" --epochs 100000 --out stop >/dev/null 2>stop.err &
job=$!
until_there stop/.train/checkpoint || fail "no checkpoint"
kill -USR2 $job
wait $job
status=$?
[ $status = 140 ] || fail "SIGUSR2: status $status: $(cat stop.err)"
[ "$(grep -c 'boltz train: interrupted after' stop.err)" = 1 ] || fail "SIGUSR2: $(cat stop.err)"
mpirun --oversubscribe -n 3 bash -c "$by_host; exec \"\$0\" \"\$@\"" "$boltz" train "${long[@]}" --epochs 100000 --resume --out "$work/stop" >/dev/null 2>again.err & # on three hosts
job=$!
for _ in $(seq 600); do
    grep -q "continuing the interrupted run" again.err && break
    sleep 0.1
done
sleep 1
aside=$(pgrep -P $job | while read -r pid; do grep -l '/stop/\.train/.*(deleted)' /proc/$pid/maps; done | wc -l) # rows of rank 0, in a nameless file
[ "$aside" = 1 ] || [ "$(stat -f -c %T .)" = tmpfs ] || fail "$aside processes on three hosts have set rows aside: $(cat again.err)"
kill -USR2 $job
wait $job
before=$(sed -n 's/.*interrupted after \([0-9]*\) of.*/\1/p' stop.err) after=$(sed -n 's/.*interrupted after \([0-9]*\) of.*/\1/p' again.err)
[ -n "$after" ] && [ "$after" -gt "$before" ] || fail "resumed with 3 ranks: from '$before' to '$after': $(cat again.err)"

# A single process can continue from there as well.
"$boltz" train "${long[@]}" --epochs 100000 --resume --out stop >/dev/null 2>c.err &
job=$!
for _ in $(seq 600); do
    grep -q "continuing" c.err && break
    sleep 0.1
done
kill -TERM $job
wait $job
[ $? = 143 ] && grep -q "interrupted after" c.err || fail "one process, resumed: $(cat c.err)"

# Tempering chains are divided among the ranks, and the checkpoint has them all: the same bits as without the interruption.
tempered=(rbm --data rows.csv --hidden 8 --algorithm ptt --updates 700 --checkpoint-every 1)
ranks 2 "${tempered[@]}" --out whole >/dev/null 2>message || fail "ptt, 2 ranks: $(cat message)"
mpirun --oversubscribe -n 2 "$boltz" train "${tempered[@]}" --out parted >/dev/null 2>message &
job=$!
until_there parted/.train/checkpoint || fail "ptt: no checkpoint"
kill -USR2 $job
wait $job
[ $? = 140 ] || fail "ptt was not interrupted: $(cat message)"
ranks 2 "${tempered[@]}" --resume --out parted >/dev/null 2>message || fail "ptt, resumed: $(cat message)"
cmp whole/1/model.safetensors parted/1/model.safetensors || fail "ptt, resumed: other bits"

# --- a rank is killed: the failure is reported, and the checkpoint is still there and valid ---
mpirun --oversubscribe -n 2 "$boltz" train "${long[@]}" --epochs 100000 --out dead >/dev/null 2>dead.err &
job=$!
until_there dead/.train/checkpoint || fail "no checkpoint of the run that is to die"
victim=$(pgrep -P $job -f "out dead" | tail -1)
kill -9 "$victim"
wait $job
status=$?
[ $status != 0 ] || fail "a rank was killed: status 0"
grep -q "a rank has died\|noticed that process rank 1" dead.err || fail "a rank was killed: $(cat dead.err)" # the launcher may be faster
[ -e dead/1 ] && fail "a rank was killed, and there is a version"
"$boltz" train "${long[@]}" --epochs 100000 --resume --out dead >/dev/null 2>c.err &
job=$!
for _ in $(seq 600); do
    grep -q "continuing" c.err && break
    sleep 0.1
done
kill -TERM $job
wait $job
grep -q "interrupted after" c.err || fail "after a death: $(cat c.err)"

# --- log Z: the annealed runs are divided, and what is printed and stored is the same as from one process, to the byte ---
evaluated() { # RANKS NAME ARGS...
    local n=$1 name=$2
    shift 2
    "$boltz" evaluate "$@" --json --threads 1 >"$name.one" 2>/dev/null || fail "evaluate $*"
    mpirun --oversubscribe -n "$n" "$boltz" evaluate "$@" --json --threads 2 >"$name.many" 2>"$name.err" ||
        fail "evaluate $*, $n ranks: $(cat "$name.err")"
    cmp "$name.one" "$name.many" || fail "evaluate $*: $n ranks print other figures than one process"
}
evaluated 3 regions one/pcd --data rows.csv --ais-only --runs 50 --betas 200
evaluated 3 few one/pcd --data rows.csv --ais-only --runs 2 --betas 100
evaluated 2 deep one/dbm --data rows.csv --ais-only --bracket --runs 40 --betas 100
cp -r one/pcd saved
"$boltz" evaluate one/pcd --data rows.csv --ais-only --runs 50 --betas 200 --save >/dev/null 2>&1
mpirun --oversubscribe -n 3 "$boltz" evaluate saved --data rows.csv --ais-only --runs 50 --betas 200 --save >out 2>message || fail "--save: $(cat message)"
cmp one/pcd/1/model.safetensors saved/1/model.safetensors || fail "--save of 3 ranks differs"
[ "$(grep -c 'log Z stored' message)" = 1 ] && [ "$(grep -c 'rows read' message)" = 1 ] && [ "$(grep -c log_prob out)" -le 1 ] ||
    fail "said by each rank: $(cat message out)"
mkdir first second
cp -r one/pcd first/model
cp -r one/dbm second/model
in_two='[ $OMPI_COMM_WORLD_RANK = 0 ] && cd first || cd second'
each 2 "$in_two" evaluate model --data "$work/rows.csv" --ais-only --betas 50 >/dev/null 2>message
[ $? != 0 ] && grep -q "boltz evaluate: rank 1 of 2: rank 1: the settings, or the bytes" message || fail "two models in one job: $(cat message)"

# --- memory: the processes of a host count together ---
for _ in $(seq 30); do echo '1 400000:1'; done >wide.svm
wide() { echo rbm --data wide.svm --hidden 2 --algorithm pcd --chains "$1" --out refused; }
# shellcheck disable=SC2046 # words wanted
"$boltz" train $(wide 1048576) 2>message && fail "more chains than memory holds"
chains=$(sed -n 's/.*takes about \([0-9.e+]*\) GB.* \([0-9.e+]*\) GB:.*/\1 \2/p' message | awk '{ print int(0.6 * $2 / $1 * 1048576) }')
# shellcheck disable=SC2046 # words wanted
ranks 2 $(wide "$chains") >/dev/null 2>message
[ $? != 0 ] && grep -q "GB of memory in all 2 processes of this host, .*, fewer processes" message || fail "memory of two processes: $(cat message)"

# --- an error on all ranks is reported once; one on a single rank by that rank; wrong launchers are named ---
ranks 2 rbm --data none.csv --hidden 8 --out refused >/dev/null 2>message
[ $? != 0 ] && [ "$(grep -c 'none.csv' message)" = 1 ] || fail "refused by all: $(cat message)"
sed 's/^0/1/' rows.csv >other.csv
cp rows.csv first/data.csv
cp other.csv second/data.csv
each 2 "$in_two" train rbm --data data.csv --hidden 8 --updates 10 --out "$work/differ" >/dev/null 2>message
[ $? != 0 ] && grep -q "rank 1 of 2: rank 1: the settings, or the bytes of the data files" message ||
    fail "other data on a host: $(grep -v '^{' message)"
[ -e differ/1 ] && fail "other data on a host, and there is a version"
env OMPI_COMM_WORLD_SIZE=2 "$boltz" train rbm --data rows.csv --hidden 8 --out alone >/dev/null 2>message
[ $? = 2 ] && grep -q OMPI_COMM_WORLD_SIZE message || fail "a launcher that is none: $(cat message)"
exit $((failures > 0))
