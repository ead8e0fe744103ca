#!/usr/bin/env bash
# MAFFT 7.505: an alignment of DNA is written in small letters, ACGT as acgt; one of proteins in capitals.
#
# Letters are expected to come out as they went in, with gaps between. In DNA and RNA small letters mean repeats (soft masking), in A2M
# insertions; a reader of states A, C, G, T counts none of them, or takes a sequence of small letters for insertions throughout, which leave
# no column. What to do: --preservecase.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq mafft=7.505-1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f mafft_*.deb Version | sed 's/^/mafft /'
export MAFFT_BINARIES=$PWD/root/usr/lib/mafft/lib/mafft
printf '>%s\n%s\n' a ACGTACGTAAC b ACGTACGAAC >dna.fasta
printf '>%s\n%s\n' a MKTAYIAKQRKW b MKTAYIKQRKW >protein.fasta
align() { bash root/usr/bin/mafft --quiet "$@" | grep -v '>' | tr '\n' ' '; }
dna=$(align dna.fasta) protein=$(align protein.fasta) kept=$(align --preservecase dna.fasta)
echo "DNA: $dna"; echo "protein: $protein"; echo "DNA, --preservecase: $kept"
case $dna in *[ACGT]*) echo "CHANGED"; exit 1 ;; esac
case $protein$kept in *[a-z]*) echo "CHANGED"; exit 1 ;; esac
[ -n "$dna" ] || { echo "CHANGED"; exit 1; }
[ -n "$protein" ] || { echo "CHANGED"; exit 1; }
[ -n "$kept" ] || { echo "CHANGED"; exit 1; }
