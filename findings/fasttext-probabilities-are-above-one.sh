#!/usr/bin/env bash
# fastText 0.9.2: predict-prob gives a label the probability 1.00001, and the two probabilities of a line add up to 1.00002.
#
# Probabilities are expected to lie between 0 and 1 and to add up to 1. To every one 0.00001 is added inside a logarithm, against zeros, and it is still there when the logarithm is undone. Where p > 1 is a fault,
# a log(1 - p) NaN, a bin of a calibration missing or a JSON schema strict, the surest answers are those that break; the rarest labels of many all have at least 0.00001.
# Nothing is said. What to do: subtract 0.00001.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends fasttext=0.9.2+ds-1+b1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'fasttext' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq fasttext=0.9.2+ds-1+b1 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f fasttext_*.deb Version | sed 's/^/fasttext /'
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu
for ((i = 0; i < 100; i++)); do printf '__label__up a b c d\n__label__down e f g h\n'; done >train.txt
root/usr/bin/fasttext supervised -input train.txt -output model -thread 1 -epoch 500 -lr 1 -dim 5 -verbose 0 2>/dev/null
printf 'a a a a a a a a\n' | root/usr/bin/fasttext predict-prob model.bin - 2 >out.txt
cat out.txt
awk '{ printf "sum %.6f\n", $2 + $4; exit !($2 > 1 && $2 < 1.001 && $2 + $4 > 1.00001) }' out.txt || { echo CHANGED; exit 1; }
