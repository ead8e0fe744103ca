#!/usr/bin/env bash
# MUSCLE 5.1: the alignment comes out in another order than the sequences went in, and the option of MUSCLE 3 that kept it is gone.
#
# A file of labels or weights made beside the unaligned sequences then belongs to other rows, with the right number of lines: nothing fails.
# What to do: join by the sequences' names.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq muscle=1:5.1.0-1 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f muscle_*.deb Version | sed 's/^/muscle /'
printf '>%s\n%s\n' a MKTAYIAKQR b GGGGSSSSPPPP c MKTAYIAKQK d GGGGSSSAPPPP >in.fasta
muscle() { LD_LIBRARY_PATH=root/usr/lib/x86_64-linux-gnu root/usr/bin/muscle "$@"; }
muscle -align in.fasta -output out.fasta 2>log
grep '>' in.fasta | tr '\n' ' ' | sed 's/^/in:  /'; echo
grep '>' out.fasta | tr '\n' ' ' | sed 's/^/out: /'; echo
[ "$(grep '>' out.fasta | sort)" = "$(grep '>' in.fasta)" ] || { echo "CHANGED: other sequences"; exit 1; }
[ "$(grep '>' out.fasta)" != "$(grep '>' in.fasta)" ] || { echo "CHANGED: the order is kept"; exit 1; }
! muscle -align in.fasta -output out.fasta -stable >log 2>&1 || { echo "CHANGED: -stable is an option again"; exit 1; }
tail -n 3 log
