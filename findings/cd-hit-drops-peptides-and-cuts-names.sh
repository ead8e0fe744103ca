#!/usr/bin/env bash
# CD-HIT 4.8.1: peptides of ten letters and fewer are in no cluster and not in the output, and the names of the others are cut after nineteen letters.
#
# Every sequence is expected to be in one cluster, or to be reported. Those of at most 10 letters (-l) are thrown away
# before the clustering; of a set of 9-mers (what MHC binds) nothing is left, and exit is 0; "total seq" in the log is
# what remained. In the .clstr file names end after 19 characters (-d): two sequences in different clusters have one name
# there, and splits of training and test made from it put one into both. What to do: -l 5 -d 0.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq cd-hit=4.8.1-4 libgomp1 zlib1g 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f cd-hit_*.deb Version | sed 's/^/cd-hit /'
printf '%s\n' '>nine' ACDEFGHIK '>ten' ACDEFGHIKL '>eleven' ACDEFGHIKLM '>sample_2026_patient_001' MNPQRSTVWYACDEFGHIKL '>sample_2026_patient_002' GGHHIIKKLLMMNNPPQQRR >x.fa
names() { sed -n 's/.*>\(.*\)\.\.\. .*/\1/p' "$1" | sort | xargs; }
root/usr/bin/cd-hit -i x.fa -o default >log
root/usr/bin/cd-hit -i x.fa -o told -l 5 -d 0 >>log
printf '%s\n' '>a' ACDEFGHIK '>b' LMNPQRSTV >nine.fa
root/usr/bin/cd-hit -i nine.fa -o nine >>log
echo "two 9-mers: exit 0, clusters: $(wc -l <nine.clstr)"
echo "in clusters by default: $(names default.clstr)"
echo "with -l 5 -d 0:         $(names told.clstr)"
[ ! -s nine.clstr ] && [ "$(names default.clstr)" = "eleven sample_2026_patient sample_2026_patient" ] &&
    [ "$(names told.clstr)" = "eleven nine sample_2026_patient_001 sample_2026_patient_002 ten" ] || { echo CHANGED; exit 1; }
