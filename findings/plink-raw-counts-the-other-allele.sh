#!/usr/bin/env bash
# PLINK 1.90b6: --recode A of two files about the same site counts one allele in the first and the other in the second, so that 0 and 2 change places.
#
# The numbers of alleles (0, 1, 2) of a training file and of one that comes later are expected to count the same letter. PLINK counts that which is
# rarer in the file at hand; only the column's name tells, snp1_C or snp1_A, and readers by position or those that cut the
# suffix off see the same person as 0 in one and 2 in the other. What to do: --recode A --recode-allele FILE, with one file for all.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq plink1.9=1.90~b6.26-220402-1 libblas3 liblapack3 libgfortran5 libquadmath0 libopenblas0-pthread libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
lib=$PWD/root/usr/lib/x86_64-linux-gnu
export LD_LIBRARY_PATH=$lib/openblas-pthread:$lib
root/usr/bin/plink1.9 --version
printf '%s\n' '1 ann 0 0 2 1 A A' '2 bob 0 0 1 1 A C' '3 cid 0 0 1 1 A A' >first.ped
printf '%s\n' '1 ann 0 0 2 1 A A' '4 dan 0 0 1 1 C C' '5 eve 0 0 2 1 C C' >second.ped
echo 'snp1 C' >allele
seen=
for name in first second; do
    echo '1 snp1 0 100' >$name.map
    root/usr/bin/plink1.9 --file $name --recode A --out $name >/dev/null
    root/usr/bin/plink1.9 --file $name --recode A --recode-allele allele --out $name.c >/dev/null
    echo "$name file:"
    cut -d ' ' -f 2,7 $name.raw
    seen="$seen $(awk 'NR == 2 {print $7}' $name.raw) $(awk 'NR == 2 {print $7}' $name.c.raw)"
done
[ "$seen" = " 0 0 2 0" ] || { echo CHANGED; exit 1; }
