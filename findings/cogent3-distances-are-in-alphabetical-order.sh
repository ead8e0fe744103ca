#!/usr/bin/env bash
# cogent3 2023.2.12: an alignment of the sequences z, b, a keeps that order, and the array of its distance_matrix goes a, b, z; "hamming" there is a number of letters, "percent" a share of 1.
#
# Rows of a matrix of distances are expected to stand as the rows do that they were computed from, as counts_per_seq of the same alignment does. They are sorted by name, s10 before s2: labels, weights or groups
# beside the file meet other sequences, and a file numbered with zeros in front, as in most trials, shows nothing. A dict given to make_aligned_seqs is sorted as well, a list of pairs is not. hamming of
# scipy is a share, and nothing here is percent. Nothing is said. What to do: distances.names, or take_dists in your own order.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-cogent3=2023.2.12a1+dfsg-2+deb12u1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-cogent3|python3-scipy|python3-numpy|libblas3|liblapack3' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-cogent3=2023.2.12a1+dfsg-2+deb12u1 python3-scipy python3-numpy libblas3 liblapack3 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-cogent3_*.deb Version | sed 's/^/python3-cogent3 /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages LD_LIBRARY_PATH=$PWD/root/usr/lib:$lib:$lib/blas:$lib/lapack
cat >try.py <<'PY'
import sys
import warnings
warnings.simplefilter("ignore")
import cogent3
with open("x.fa", "w") as f:
    f.write(">z\nACGT\n>s10\nACGA\n>s2\nACGT\n>a\nTTTT\n")
alignment = cogent3.load_aligned_seqs("x.fa", moltype="dna")
counted = alignment.distance_matrix(calc="hamming")
shares = alignment.distance_matrix(calc="percent")
listed = cogent3.make_aligned_seqs([("z", "AC"), ("a", "AG")], moltype="dna").names
keyed = cogent3.make_aligned_seqs({"z": "AC", "a": "AG"}, moltype="dna").names
print("alignment:", alignment.names, "; distances:", list(counted.names), "first row", counted.array[0], "percent", shares.array[0])
print("made of a list:", listed, "; of a dict:", keyed)
sys.exit(0 if alignment.names == ["z", "s10", "s2", "a"] and list(counted.names) == ["a", "s10", "s2", "z"] and counted.array[0].tolist() == [0, 4, 3, 3] and shares.array[0].tolist() == [0, 1, 0.75, 0.75] and listed == ["z", "a"] and keyed == ["a", "z"] else "CHANGED")
PY
/usr/bin/python3 try.py
