#!/usr/bin/env bash
# DendroPy 4.5.2: seq_1 of a Newick file is the taxon "seq 1", of a FASTA file "seq_1"; read into one namespace, a tree and an alignment of the same three names have five taxa.
#
# A tree and the sequences it was made of are expected to meet by name. In Newick an underscore outside quotes stands for a blank, and DendroPy goes by that, where Bio.Phylo keeps the letter; a write turns it back, so that the file looks right. Rows looked up by the
# names of the leaves are not found, or, where only some names have an underscore, some are found: weights, clades and distances are those of a part of the alignment. Nothing is said. What to do: Tree.get(..., preserve_underscores=True).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
wanted='python3-dendropy=4.5.2-1 python3-biopython=1.80+dfsg-4+b1 python3-numpy'
# shellcheck disable=SC2086 # words wanted
missing=$(apt-get install -s --no-install-recommends $wanted 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-dendropy|python3-biopython|python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq $wanted $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in python3-dendropy python3-biopython; do dpkg-deb -f "${name}"_*.deb Version | sed "s/^/$name /"; done
cat >try.py <<'P'
import io

import dendropy
from Bio import Phylo

newick, fasta = "((seq_1:0.1,seq_2:0.2):0.3,third:0.4);", ">seq_1\nACGT\n>seq_2\nACGA\n>third\nCCGA\n"
found = []
for how in ({}, {"preserve_underscores": True}):
    names = dendropy.TaxonNamespace()
    rows = dendropy.DnaCharacterMatrix.get(data=fasta, schema="fasta", taxon_namespace=names)
    tree = dendropy.Tree.get(data=newick, schema="newick", taxon_namespace=names, **how)
    leaves = [leaf.taxon.label for leaf in tree.leaf_node_iter()]
    found.append([len(names), leaves, sum(leaf.taxon in rows for leaf in tree.leaf_node_iter())])
print("taxa, leaves, leaves with a sequence:", *found, "; written:", tree.as_string("newick").strip())
other = [leaf.name for leaf in Phylo.read(io.StringIO(newick), "newick").get_terminals()]
print("Bio.Phylo:", other)
assert found == [[5, ["seq 1", "seq 2", "third"], 1], [3, other, 3]] and other == ["seq_1", "seq_2", "third"]
P
lib=$PWD/root/usr/lib/x86_64-linux-gnu
LD_LIBRARY_PATH=$lib:$lib/blas:$lib/lapack PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages /usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
