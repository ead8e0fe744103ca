#!/usr/bin/env bash
# Alignments: one softmax layer with a group per position; similar sequences count as one.
set -euo pipefail

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"

for i in $(seq 45); do printf '>a%d\nACDEFGHIKLMNPQRSTVWY\n' "$i"; done >al.fa
for i in $(seq 5); do printf '>b%d\nYWVTSRQPNMLKIHGFEDCA\n' "$i"; done >>al.fa
options=(--data al.fa --hidden 2 --updates 800 --batch 10 --threads 1 --seed 1)
"$boltz" train rbm "${options[@]}" --out repo/all 2>err || fail "train: $(cat err)"
"$boltz" inspect repo/all --json >out
grep -q '"unit":"softmax"' out && grep -q '"groups":20' out || fail "one layer of 20 groups: $(cat out)"
"$boltz" train rbm "${options[@]}" --reweight 0.2 --out repo/weighed 2>err || fail "--reweight: $(cat err)"
grep -q '50 sequences count as 2.0' err || fail "the effective number: $(cat err)"
# 45 rows and 5 rows now have equal weight: the gap between the model's scores for the two shrinks.
gap() { "$boltz" score "repo/$1" --data al.fa 2>/dev/null | awk 'NR == 2 {a = $1} NR == 48 {b = $1} END {print b - a}'; }
awk -v all="$(gap all)" -v weighed="$(gap weighed)" 'BEGIN {exit !(all > 0 && weighed < all)}' || fail "gaps $(gap all) and $(gap weighed)"
# Sequences come back as letters: as FASTA on standard output, which is read again, and as cells in a file.
"$boltz" sample repo/all --count 3 --steps 50 >drawn.fa
grep -cE '^[A-Y-]{20}$' drawn.fa | grep -qx 3 && grep -q '^>sequence3$' drawn.fa || fail "samples as FASTA: $(cat drawn.fa)"
"$boltz" score repo/all --data drawn.fa >/dev/null 2>err || fail "samples read again: $(cat err)"
"$boltz" sample repo/all --count 3 --steps 50 --out drawn.csv
[ "$(tr -d , <drawn.csv)" = "$(grep -v '>' drawn.fa)" ] || fail "samples as cells: $(cat drawn.csv)"
"$boltz" reconstruct repo/all --data al.fa >again.fa 2>/dev/null && grep -cE '^[A-Y-]{20}$' again.fa | grep -qx 50 || fail "reconstructions: $(head -n 4 again.fa)"
printf '1,0\n0,1\n' >bits.csv
status=0
"$boltz" train rbm --data bits.csv --hidden 1 --updates 5 --reweight 0.2 --out repo/bits 2>err || status=$?
[ $status -eq 1 ] && grep -q 'expected an alignment' err || fail "--reweight of bits: $status $(cat err)"

# Labels and weights are matched to sequences by name, whatever the order of either file; by position only if the file has no names.
python3 - <<'PY'
import random
random.seed(3)
names = ["s%d" % i for i in range(24)]
sequence = {n: "".join(random.choice("ACDEFGHIKL-") for _ in range(12)) for n in names}
label = {n: random.choice(["low", "high"]) for n in names}
weight = {n: str(i % 5 + 0.5) for i, n in enumerate(names)}
mixed = random.sample(names, 24)
def write(name, rows, sep="\t"):
    open(name, "w").write("".join(sep.join(r) + "\n" for r in rows))
open("named.fa", "w").write("".join(">%s/1-12 as searches name it\n%s\n" % (n, sequence[n]) for n in names))
open("mixed.fa", "w").write("".join(">%s\n%s\n" % (n, sequence[n]) for n in mixed))
write("l.pos", [(label[n],) for n in names])
write("w.pos", [(weight[n],) for n in names])
write("l.tsv", [("name", "label")] + [(n, label[n]) for n in mixed] + [("stranger", "other")])
write("w.csv", [("name", "weight")] + [(n, weight[n]) for n in mixed], ",")
write("l.blanks", [(n, label[n]) for n in mixed], " ")
write("l.short", [(n, label[n]) for n in mixed[:20]], ",")
write("l.twice", [(n, label[n]) for n in mixed] + [(mixed[0], "low"), (mixed[0], "high")], ",")
write("l.other", [("x" + n, label[n]) for n in mixed], ",")
write("l.words", [(label[n] + " risk",) for n in names])
PY
learn() { "$boltz" train rbm --data named.fa --hidden 3 --updates 60 --threads 1 "$@" 2>err || fail "train $*: $(cat err)"; }
learn --labels l.pos --weights w.pos --out repo/position >/dev/null
grep -q "l.pos: has no names.*by position" err && grep -q "w.pos: has no names.*by position" err || fail "by position: $(cat err)"
learn --labels l.tsv --weights w.csv --out repo/named >/dev/null
grep -q "l.tsv: by name: 24 of 24 rows found; 1 name matches no row" err && grep -q "w.csv: by name: 24 of 24" err || fail "by name: $(cat err)"
learn --labels l.blanks --weights w.csv --out repo/blanks >/dev/null
learn --labels l.words --out repo/words >/dev/null
learn --labels l.short --missing infer --out repo/short >/dev/null
grep -q "20 of 24 rows found" err || fail "rows without a label: $(cat err)"
for model in position named blanks; do "$boltz" score repo/$model --data named.fa --out $model.npy 2>/dev/null; done
cmp position.npy named.npy && cmp position.npy blanks.npy || fail "the same labels by name and by position make different machines"
"$boltz" evaluate repo/named --data mixed.fa --labels l.tsv 2>/dev/null | grep "error rate" >one
"$boltz" evaluate repo/named --data named.fa --labels l.pos 2>/dev/null | grep "error rate" >two
cmp one two || fail "error rates: $(cat one two)"
# T and U are one; nucleotides for a model of proteins are told
printf '>a\nACGT-A\n>b\nAC-TTA\n>c\nTCGTAA\n>d\nACGAAG\n' >dna.fa
sed '/>/!s/T/U/g' dna.fa >rna.fa
"$boltz" train rbm --data dna.fa --hidden 2 --updates 5 --threads 1 --log none --out repo/dna >/dev/null 2>err || fail "dna: $(cat err)"
"$boltz" score repo/dna --data dna.fa --out dna.npy 2>/dev/null
"$boltz" score repo/dna --data rna.fa --out rna.npy 2>err || fail "rna: $(cat err)"
cmp dna.npy rna.npy && grep -q "U is taken for T" err || fail "RNA for a model of DNA: $(cat err)"
for pair in "l.short|no label for row" "l.twice|has two different values" "l.other|no name matches a row"; do
    "$boltz" train rbm --data named.fa --hidden 3 --updates 5 --labels "${pair%%|*}" --out repo/never 2>err && fail "$pair: accepted"
    grep -q "${pair##*|}" err || fail "$pair: $(cat err)"
done
