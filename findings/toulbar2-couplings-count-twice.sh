#!/usr/bin/env bash
# toulbar2 1.1.1: in a .qpbo file a coupling of -5 between two units with biases of 3 counts as -10, once for each line that has it, and the lowest state is 1 1 instead of 0 0; energies are rounded to whole numbers.
#
# Files of QUBO problems list each pair once with its coefficient, and the least of 3 a + 3 b - 5 a b is 0, with both off. Here what stands beside the diagonal is multiplied by 2, as for half of a symmetric matrix
# in x' W x, also where both halves are listed; the diagonal is not, so that couplings are twice as strong beside the biases. Coefficients have seven decimals: one of -3e-8 is none. The answer looks like any other:
# -0.6 is printed as -1. What to do: -qpmult=1, one line a pair, whole numbers.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends toulbar2=1.1.1+dfsg-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'toulbar2' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq toulbar2=1.1.1+dfsg-1 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f toulbar2_*.deb Version | sed 's/^/toulbar2 /'
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu
solve() {
    local options=$1
    shift
    printf '%s\n' "$@" >problem.qpbo
    # shellcheck disable=SC2086 # words wanted
    timeout 30 root/usr/bin/toulbar2 problem.qpbo -s $options 2>/dev/null | sed -n 's/^ \([01] [01]\).*/state \1/p; s/^Optimum: \([-0-9]*\).*/energy \1/p' | tail -n 2 | tr '\n' ' '
}
plain=$(solve "" "2 3" "1 1 3" "2 2 3" "1 2 -5") once=$(solve -qpmult=1 "2 3" "1 1 3" "2 2 3" "1 2 -5")
both=$(solve "" "2 2" "1 2 -5" "2 1 -5") part=$(solve "" "2 1" "1 2 -0.3") small=$(solve "" "2 1" "1 2 -0.00000003")
echo "3 a + 3 b - 5 a b: $plain; with -qpmult=1: $once; -5 listed both ways: $both; -0.3: $part; -3e-8: $small"
[ "$plain" = "state 1 1 energy -4 " ] && [ "$once" = "state 0 0 energy 0 " ] && [ "$both" = "state 1 1 energy -20 " ] && [ "$part" = "state 1 1 energy -1 " ] && [ "$small" = "state 0 0 energy 0 " ] || { echo CHANGED; exit 1; }
