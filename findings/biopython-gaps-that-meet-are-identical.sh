#!/usr/bin/env bash
# Biopython 1.80: two fragments of an alignment that differ in one letter of two are 0.5 apart, and 0.125 once both have six gaps behind.
#
# A distance by identity is expected to be that of letters that both have; of aligned rows "-" says that there is none. DistanceCalculator
# ("identity") counts a gap above a gap as an identical column, and one above a letter as a different one: short fragments at the same place
# become near relatives of each other and far ones of the full sequences that they are part of, so trees join by length. No warning. What to
# do: count by hand; with skip_letters="-" gaps are differences, and two equal fragments are 0.75 apart.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-biopython=1.80+dfsg-4+b1 python3-numpy 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-biopython|python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-biopython=1.80+dfsg-4+b1 python3-numpy $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-biopython_*.deb Version | sed 's/^/python3-biopython /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import Bio
from Bio.Align import MultipleSeqAlignment
from Bio.Phylo.TreeConstruction import DistanceCalculator
from Bio.Seq import Seq
from Bio.SeqRecord import SeqRecord
print("Bio", Bio.__version__)
def distances(*rows, **more):
    d = DistanceCalculator("identity", **more).get_distance(MultipleSeqAlignment([SeqRecord(Seq(r), id=str(i)) for i, r in enumerate(rows)]))
    return [d[i, j] for i in range(len(rows)) for j in range(i)]
skipped = distances("AC------", "AC------", skip_letters="-")[0]
short, long = distances("AC", "AG"), distances("AC------", "AG------", "ACGTACGT")
print("AC and AG:", short[0], "; with six gaps behind:", long[0], "; AC------ and ACGTACGT, of which it is a part:", long[1], "; equal rows with skip_letters:", skipped)
assert short == [0.5] and skipped == 0.75 and long[:2] == [0.125, 0.75]
PY
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
