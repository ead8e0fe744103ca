#!/usr/bin/env bash
# LIBLINEAR 2.3.0: with labels 0 and 1 the weight of a feature is 0.67 if the file begins with a 1 and -0.67 if it begins with a 0, and the first probability is that of the first row's label; with -1 and +1 neither.
#
# A positive weight is expected to speak for 1. The label that comes first is the positive class, except for the pair +1 and -1, where +1 always is: shuffling the rows, or sorting them by label, turns the sign of
# all weights and the order of the columns of -b 1. Predicted labels are the same, so tests of those see nothing. What to do: labels -1 and +1, or read the line "label" of the model and the first line of the predictions.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends liblinear-tools=2.3.0+dfsg-5 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'liblinear-tools' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq liblinear-tools=2.3.0+dfsg-5 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f liblinear-tools_*.deb Version | sed 's/^/liblinear-tools /'
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu:$PWD/root/usr/lib/x86_64-linux-gnu/blas
weight() {
    printf '%s\n' "$@" >rows
    root/usr/bin/liblinear-train -q -s 0 rows model
    root/usr/bin/liblinear-predict -b 1 rows model out >/dev/null
    echo "weight $(tail -n 1 model | cut -c 1-6), $(head -n 1 out)"
}
one=$(weight '1 1:1' '0 1:-1') zero=$(weight '0 1:-1' '1 1:1') plus=$(weight '+1 1:1' '-1 1:-1') minus=$(weight '-1 1:-1' '+1 1:1')
printf 'first row 1: %s; first row 0: %s; first row +1: %s; first row -1: %s\n' "$one" "$zero" "$plus" "$minus"
[ "${one%%,*}" = "weight 0.6748" ] && [ "${zero%%,*}" = "weight -0.674" ] && [ "$plus" = "$minus" ] && [ "${one##*, }" = "labels 1 0" ] && [ "${zero##*, }" = "labels 0 1" ] || { echo CHANGED; exit 1; }
