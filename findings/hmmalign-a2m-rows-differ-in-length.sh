#!/usr/bin/env bash
# HMMER 3.3.2: the sequences of an A2M alignment that hmmalign writes are not of one length.
#
# A2M marks inserted letters by lower case, and most writers pad the other rows with dots. hmmalign --outformat A2M leaves the dots out ("dotless"),
# so one alignment has rows of 26 and 22 letters; its afa and Stockholm forms of the same alignment are padded. A reader that checks for equal
# lengths refuses it, one that cuts at the shortest shifts columns. What to do: count capitals and '-' only; those are equal in every row.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq hmmer=3.3.2+dfsg-1 libdivsufsort3 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f hmmer_*.deb Version | sed 's/^/hmmer /'
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu PATH=$PWD/root/usr/bin:$PATH
printf '>%s\n%s\n' a MKTAYIAKQRQISFVKSHFSRQ b MKTAYIAKQR-ISFVKSHFSRQ c MKTAYIAKQRQISFVKSHFSRQ >family.afa
printf '>%s\n%s\n' x MKTAYIAGGGGKQRQISFVKSHFSRQ y MKTAYIAKQRQISFVKSHFSRQ >new.fasta
hmmbuild --amino family.hmm family.afa >/dev/null
for form in A2M afa; do
    hmmalign --outformat $form family.hmm new.fasta >new.$form
    echo "$form:"
    cat new.$form
    lengths=$(grep -v '>' new.$form | awk '{print length($0)}' | sort -u | wc -l)
    [ "$form $lengths" = "A2M 2" ] || [ "$form $lengths" = "afa 1" ] || { echo "CHANGED"; exit 1; }
done
matches=$(grep -v '>' new.A2M | tr -d 'a-z' | awk '{print length($0)}' | sort -u | wc -l)
[ "$matches" = 1 ] || { echo "CHANGED: match columns"; exit 1; }
