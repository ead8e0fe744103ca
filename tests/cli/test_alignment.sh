#!/usr/bin/env bash
# Alignments: one softmax layer of as many groups as positions; sequences that resemble one another count as one.
set -euo pipefail

boltz=$BIN_DIR/boltz
[ -x "$boltz" ] || { echo "no boltz in $BIN_DIR: skipped"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
fail() { echo "FAILED: $*" >&2; exit 1; }

for i in $(seq 45); do printf '>a%d\nACDEFGHIKLMNPQRSTVWY\n' "$i"; done >al.fa
for i in $(seq 5); do printf '>b%d\nYWVTSRQPNMLKIHGFEDCA\n' "$i"; done >>al.fa
options=(--data al.fa --hidden 2 --updates 800 --batch 10 --threads 1 --seed 1)
"$boltz" train rbm "${options[@]}" --out repo/all 2>err || fail "train: $(cat err)"
"$boltz" inspect repo/all --json >out
grep -q '"unit":"softmax"' out && grep -q '"groups":20' out || fail "one layer of 20 groups: $(cat out)"
"$boltz" train rbm "${options[@]}" --reweight 0.2 --out repo/weighed 2>err || fail "--reweight: $(cat err)"
grep -q '50 sequences count as 2.0' err || fail "the effective number: $(cat err)"
# 45 rows against 5 are alike in weight: what the model expects of the two comes nearer.
gap() { "$boltz" score "repo/$1" --data al.fa 2>/dev/null | awk 'NR == 2 {a = $1} NR == 48 {b = $1} END {print b - a}'; }
awk -v all="$(gap all)" -v weighed="$(gap weighed)" 'BEGIN {exit !(all > 0 && weighed < all)}' || fail "gaps $(gap all) and $(gap weighed)"
printf '1,0\n0,1\n' >bits.csv
status=0
"$boltz" train rbm --data bits.csv --hidden 1 --updates 5 --reweight 0.2 --out repo/bits 2>err || status=$?
[ $status -eq 1 ] && grep -q 'expected an alignment' err || fail "--reweight of bits: $status $(cat err)"
