#!/bin/bash
# The built boltz from the command line: help, exit statuses, messages, files; on a tiny model written here byte by byte.
set -u
# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"

failures=0

fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# run STATUS COMMAND...: output in ./out, messages in ./err
run() {
    local want=$1
    shift
    "$@" >out 2>err
    local got=$?
    [ $got = "$want" ] || fail "status $got, want $want: $* ($(head -c 300 err))"
}

# said WORDS...: all of them occur in the messages
said() {
    for word in "$@"; do
        grep -qF -- "$word" err || fail "not said: '$word' but $(head -c 300 err)"
    done
}

# A 4-2 RBM without weights, visible biases (1 0 0 0): F(v) = -v_0 - 2 log 2.
header='{"__metadata__":{"format":"boltz","format_version":"1","model":"{\"kind\":\"rbm\",\"layers\":[{\"name\":\"pixels\",\"role\":\"visible\",\"unit\":\"bernoulli\",\"size\":4,\"shape\":[2,2]},{\"name\":\"hidden\",\"role\":\"hidden\",\"unit\":\"bernoulli\",\"size\":2}],\"couplings\":[[\"pixels\",\"hidden\"]]}"},"pixels.bias":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"hidden.bias":{"dtype":"F32","shape":[2],"data_offsets":[16,24]},"pixels~hidden.weight":{"dtype":"F32","shape":[4,2],"data_offsets":[24,56]}}'
while [ $((${#header} % 8)) != 0 ]; do header="$header "; done
mkdir -p repo/tiny/1 repo/tiny/2
size=${#header}
{
    printf "\\x$(printf %02x $((size % 256)))\\x$(printf %02x $((size / 256)))\\0\\0\\0\\0\\0\\0"
    printf %s "$header"
    printf '\0\0\x80\x3f'
    head -c 52 /dev/zero
} >repo/tiny/2/model.safetensors
printf '1,0,1,1\n0,0,0,0\n0,1,1,0\n' >rows.csv

# Help, version, usage
run 0 "$boltz" --help
cp out help
for command in train sample score features reconstruct inspect; do
    grep -q "^  $command " help || fail "$command is not in the help"
    run 0 "$boltz" $command --help
    grep -q "^usage: boltz $command" out || fail "usage of $command"
    run 2 "$boltz" $command --no-such-option x
    said "--no-such-option"
done
run 0 "$boltz" --version
grep -q '^boltz [0-9]' out || fail "version"
run 2 "$boltz"
run 2 "$boltz" scroe
said "scroe" "did you mean score?"
for words in "-h" "help" "-v" "version" "help score" "score -h"; do
    run 0 "$boltz" $words
    [ -s out ] || fail "nothing from $words"
done
run 2 "$boltz" help scroe
said "did you mean score?"

# score: exact numbers, in every output format; the highest version, a folder and a file refer to the same model
run 0 "$boltz" score repo/tiny --data rows.csv
printf 'free_energy\n-2.386294361119891\n-1.3862943611198906\n-1.3862943611198906\n' | cmp -s - out || fail "scores: $(cat out)"
cp out scores.csv
for model in repo/tiny/2 repo/tiny/2/model.safetensors; do
    run 0 "$boltz" score $model --data rows.csv --out again.csv
    cmp -s scores.csv again.csv || fail "scores of $model"
done
run 0 "$boltz" score repo/tiny --data rows.csv --out scores.npy
[ "$(stat -c %s scores.npy)" = $((128 + 3 * 8)) ] || fail "scores.npy has $(stat -c %s scores.npy) bytes"
gzip -k rows.csv
run 0 "$boltz" score repo/tiny --data rows.csv.gz --threads 1 --cpu base --out again.csv
cmp -s scores.csv again.csv || fail "scores of a packed file"
echo '1,0,,1' >gap.csv # the gap is summed out: 2 states of a unit without bias
run 1 "$boltz" score repo/tiny --data gap.csv
said gap.csv "row 1" "column 3" "--missing infer"
run 0 "$boltz" score repo/tiny --data gap.csv --missing infer
[ "$(tail -1 out)" = -3.079441541679836 ] || fail "score with a gap: $(tail -1 out)"
echo '1,1,0,1' >mask.csv
run 0 "$boltz" score repo/tiny --data rows.csv --mask mask.csv
[ "$(sed -n 2p out)" = -3.079441541679836 ] || fail "score with a mask: $(sed -n 2p out)"

# Errors in options are reported before files are read
run 2 "$boltz" train rbm --data absent.csv --hidden ten --out repo/x
said "--hidden ten: expected whole numbers"
run 2 "$boltz" train rbm --data absent.csv --hidden 3 --valid 0.1 --out repo/x
said "--valid 0.1" "--valid-fraction"

# Errors are reported, and nothing is left half-written
printf '1,0,1\n' >narrow.csv
run 1 "$boltz" score repo/tiny --data narrow.csv --out never.csv
said narrow.csv "3 columns" "expects 4"
printf '1,0,1,0.5\n2,0,0,0\n' >domain.csv
run 1 "$boltz" score repo/tiny --data domain.csv --out never.csv
said domain.csv "row 2" "column 1" "found 2"
run 1 "$boltz" score repo/tiny --data nowhere.csv --out never.csv
said nowhere.csv
run 1 "$boltz" score repo/none --data rows.csv --out never.csv
said repo/none
head -c 300 repo/tiny/2/model.safetensors >cut.safetensors
run 1 "$boltz" score cut.safetensors --data rows.csv --out never.csv
said cut.safetensors
run 2 "$boltz" score repo/tiny --data rows.csv --out never.doc
said "--out" never.doc
run 2 "$boltz" score repo/tiny
said "--data"
run 1 "$boltz" score repo/tiny --data rows.csv --out no/such/folder/never.csv
said no/such/folder
run 1 "$boltz" inspect cut.safetensors --check
ls never* >/dev/null 2>&1 && fail "a file was written in spite of an error"
if [ -w /dev/full ]; then
    "$boltz" score repo/tiny --data rows.csv >/dev/full 2>err && fail "a full disk went unnoticed"
    grep -q 'standard output: No space left' err || fail "a full disk: $(cat err)"
    said "standard output"
fi

# sample: chain i is the same for every count and number of threads; clamps hold
run 0 "$boltz" sample repo/tiny --count 3 --steps 20 --seed 5 --threads 1
cp out three.csv
run 0 "$boltz" sample repo/tiny --count 200 --steps 20 --seed 5 --threads 3 --out many.csv
head -3 many.csv | cmp -s - three.csv || fail "chains depend on the count"
[ "$(wc -l <many.csv)" = 200 ] || fail "200 samples"
ones=$(grep -c '^1' many.csv) # P(v_0 = 1) = 0.731: 5 deviations are 31
[ "$ones" -ge 115 ] && [ "$ones" -le 178 ] || fail "$ones of 200 have the first unit on, want about 146"
echo '0,1,,' >clamp.csv
echo '0,0,0,0' >zeros.csv
run 0 "$boltz" sample repo/tiny --count 50 --steps 3 --clamp clamp.csv --out clamped.csv
[ "$(grep -c '^0,1,' clamped.csv)" = 50 ] || fail "clamped units moved"
run 0 "$boltz" sample repo/tiny --count 9 --steps 2 --out tiles.png
[ "$(head -c 4 tiles.png | tail -c 3)" = PNG ] || fail "no PNG"
run 0 "$boltz" sample repo/tiny --count 2 --steps 2 --show
[ "$(wc -l <out)" = 1 ] || fail "two rows of pixels are one line"
run 2 "$boltz" sample repo/tiny --mask mask.csv
said "--mask" "--clamp"

run 1 "$boltz" sample repo/tiny --clamp clamp.csv --mask zeros.csv
said "nothing of --clamp held"
run 0 "$boltz" sample repo/tiny --count 70 --steps 20 --anneal-from 20 --threads 1
cp out cooled.csv
run 0 "$boltz" sample repo/tiny --count 200 --steps 20 --anneal-from 20 --threads 3
head -70 out | cmp -s - cooled.csv || fail "annealed chains depend on the count"
ones=$(grep -c '^1' out) # as at temperature 1, not at 20, where half of the units are on
[ "$ones" -ge 115 ] && [ "$ones" -le 178 ] || fail "$ones of 200 cooled samples have the first unit on, want about 146"
run 0 "$boltz" sample repo/tiny --count 200 --steps 200 --sampler tempering
said "lowest swap rate" "round trips" "autocorrelation time"
ones=$(grep -c '^1' out)
[ "$ones" -ge 115 ] && [ "$ones" -le 178 ] || fail "$ones of 200 tempered samples have the first unit on, want about 146"
run 2 "$boltz" sample repo/tiny --sampler tempering --anneal-from 3
said "--anneal-from"

# features, reconstruct
run 0 "$boltz" features repo/tiny --data rows.csv
[ "$(sort -u out)" = 0.5,0.5 ] || fail "features: $(cat out)"
run 2 "$boltz" features repo/tiny --data rows.csv --layer top
said "--layer" top hidden
run 0 "$boltz" reconstruct repo/tiny --data rows.csv
[ "$(sort -u out)" = 0.7310586,0.5,0.5,0.5 ] || fail "reconstruction: $(cat out)"
run 0 "$boltz" reconstruct repo/tiny --data rows.csv --mask mask.csv
[ "$(head -1 out)" = 1,0,0.5,1 ] || fail "masked reconstruction: $(head -1 out)"
printf '0,1,hello,1\n0,1,world,1\n' >words.csv
run 1 "$boltz" score repo/tiny --data words.csv
said words.csv "row 1" "column 3" "'hello' is a word" "expects a number"
printf 'a,b,c,d\n' >header.csv
run 1 "$boltz" score repo/tiny --data header.csv
said header.csv "a header without numbers"
run 1 "$boltz" train rbm --data header.csv --hidden 2 --log none --out never
said header.csv "a header without rows"
printf 'a;b\n0,5;1\n0,25;0\n' >commas.csv
run 0 "$boltz" check commas.csv
grep -q "separator ;.*decimal comma" out || fail "decimal commas: $(cat out)"
printf 'a;b\n"1,500";1\n"2,250";0\n' >thousands.csv
run 1 "$boltz" check thousands.csv
said thousands.csv "line 2" thousands "--decimal"
echo '0,0,0,0' >nothing.csv
run 1 "$boltz" reconstruct repo/tiny --data rows.csv --mask nothing.csv --out never.csv
said "row 1" "nothing known"
run 0 "$boltz" reconstruct repo/tiny --data rows.csv --type state --seed 3 --out r.npz
[ "$(head -c 2 r.npz)" = PK ] || fail "no npz"

# inspect
run 0 "$boltz" inspect repo/tiny
grep -q 'parameters: 14' out || fail "14 parameters"
run 0 "$boltz" inspect repo/tiny --check
grep -q sound out || fail "sound"
run 0 "$boltz" inspect repo/tiny --json
grep -q '"kind":"rbm"' out && grep -q '"parameters":14' out || fail "inspect --json: $(cat out)"
run 0 "$boltz" inspect repo/tiny --show
run 0 "$boltz" inspect repo/tiny --html page.html
grep -q '</html>' page.html && ! grep -q 'https\?://' page.html || fail "the page is whole and needs no network"

# No libraries that only some commands need, and no search path for libraries
if command -v readelf >/dev/null; then
    readelf -d "$boltz" | grep -E "openblas|gomp|RUNPATH|RPATH" && fail "boltz is linked with what only training needs, or has a search path"
fi

# options from a file
printf 'count = 2 # chains\nsteps = 1\n' >c.conf
run 0 "$boltz" sample repo/tiny --config c.conf
[ "$(wc -l <out)" = 2 ] || fail "count from a file"
echo 'cuont = 2' >c.conf
run 78 "$boltz" sample repo/tiny --config c.conf
said c.conf:1 cuont count

# an interrupted run ends immediately with status 130 and leaves no file
"$boltz" sample repo/tiny --count 64 --steps 1000000000 --out never.csv 2>/dev/null &
sleep 0.5
kill -INT $!
wait $!
status=$?
[ $status = 130 ] || fail "interrupted: status $status"
[ -e never.csv ] && fail "interrupted, and a file"

# A small stack is raised, or refused by name.
(ulimit -S -s 64 && exec "$boltz" inspect "$SOURCE_DIR/models/mnist-rbm") >/dev/null 2>said || fail "a stack that may be raised: $(cat said)"
(ulimit -s 128 && exec "$boltz" inspect "$SOURCE_DIR/models/mnist-rbm") >/dev/null 2>said && fail "a small stack is taken"
grep -q "stack may take 131072 bytes (ulimit -s)" said || fail "a small stack: $(cat said)"

[ $failures = 0 ] && echo "all right"
[ $failures = 0 ]
