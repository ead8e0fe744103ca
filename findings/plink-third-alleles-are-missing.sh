#!/usr/bin/env bash
# PLINK 1.90b6: of a site with three alleles in a VCF file the genotypes with the rarer third one are missing, and nothing in the log says so.
#
# A site that the format of PLINK cannot hold is expected to be refused, left out, or split, as bcftools norm does. The most frequent other
# allele is kept and 0/2 becomes NA, so that carriers of the rare allele are absent from means, and imputation by the mean then gives them the
# common one. vcftools --012 leaves the site out. What to do: bcftools norm -m -any before, or --biallelic-only strict.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq plink1.9=1.90~b6.26-220402-1 libblas3 liblapack3 libgfortran5 libquadmath0 libopenblas0-pthread libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f plink1.9_*.deb Version | sed 's/^/plink1.9 /'
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu:$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu/blas:$PWD/root/usr/lib/x86_64-linux-gnu/lapack
{
    printf '##fileformat=VCFv4.2\n##contig=<ID=1>\n##FORMAT=<ID=GT,Number=1,Type=String,Description="genotype">\n'
    printf '%s\t' '#CHROM' POS ID REF ALT QUAL FILTER INFO FORMAT s1 s2 s3 s4; echo s5
    printf '%s\t' 1 10 v1 A C,G . PASS . GT 0/0 0/1 1/1 0/2; echo 2/2
} >in.vcf
root/usr/bin/plink1.9 --vcf in.vcf --recode A --out out >/dev/null
tail -n 1 in.vcf
cut -d ' ' -f 2,7 out.raw
[ "$(cut -d ' ' -f 7 out.raw | tr '\n' ' ')" = "v1_C 0 1 2 NA NA " ] || { echo "CHANGED"; exit 1; }
if grep -qiE 'warning|allele[^ ]* *(missing|drop)' out.log; then echo "CHANGED"; exit 1; fi
