#!/usr/bin/env bash
# OpenFst 1.7.9: of 1000 paths by fstrandgen half take an arc whose weight makes it 22000 times less likely than the other.
#
# Arcs carry negative logarithms of probabilities, and a random path is expected to be drawn by them, as a chain's states are. By default every arc out of a state is as likely as
# any other; --weighted only says how paths are written. Samples of a model are then those of its skeleton: each final state as likely as its number of arcs, whatever was learned. Nothing is said.
# What to do: fstpush --push_weights, then fstrandgen --select=log_prob.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends libfst-tools=1.7.9-5 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'libfst-tools' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq libfst-tools=1.7.9-5 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f libfst-tools_*.deb Version | sed 's/^/libfst-tools /'
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu:$PWD/root/usr/lib/x86_64-linux-gnu/fst
printf '0 1 1 1 0.0000454\n0 1 2 2 10\n1 0\n' | root/usr/bin/fstcompile --arc_type=log >arcs.fst
rare() { root/usr/bin/fstrandgen --npath=1000 --seed=1 "$@" arcs.fst | root/usr/bin/fstprint | awk '$4 == 2' | wc -l; }
uniform=$(rare) weighted=$(rare --select=log_prob)
echo "of 1000 paths over two arcs with the probabilities 0.99995 and 0.00005 take the second: $uniform; with --select=log_prob $weighted"
[ "$uniform" -gt 400 ] && [ "$uniform" -lt 600 ] && [ "$weighted" -le 3 ] || { echo CHANGED; exit 1; }
