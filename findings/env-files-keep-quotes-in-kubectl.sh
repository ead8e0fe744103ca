#!/usr/bin/env bash
# kubectl 1.20 and dotenv 18.0.10 (npm): of one file of settings, SEED="7" is 7 for dotenv and a shell, and "7" with its quotes for kubectl create configmap --from-env-file, where THREADS=4 # cores is the text "4 # cores".
#
# A file that works with a shell or dotenv is expected to give the same settings in a cluster. kubectl takes all behind the first = as it stands: numbers in quotes or with a remark are no numbers for the program that gets them, which
# refuses them, takes its default or reads as far as the digits go (4, but not "7"); NAME=a#b is a for dotenv and a#b for the two others. Nothing is said. What to do: neither
# quotes nor remarks behind a value, in files that several read.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq kubernetes-client=1.20.5+really1.20.2-1.1+deb12u1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
npm install --silent --no-audit --no-fund --ignore-scripts dotenv@18.0.10 >/dev/null
echo "kubectl $(root/usr/bin/kubectl version --client --short 2>&1 | sed 's/.*: //')"
printf 'SEED="7"\nTHREADS=4 # cores\nNAME=a#b\n' >settings
cluster=$(root/usr/bin/kubectl create configmap x --from-env-file=settings --dry-run=client -o json | python3 -c 'import json, sys; d = json.load(sys.stdin)["data"]; print(*(d[k] for k in ("SEED", "THREADS", "NAME")), sep="|")')
node=$(node -e 'const d = require("dotenv").parse(require("fs").readFileSync("settings")); console.log([d.SEED, d.THREADS, d.NAME].join("|"))')
# shellcheck disable=SC1091,SC2154 # the file is made above
shell=$(. ./settings && echo "$SEED|$THREADS|$NAME")
printf '%s\n' "kubectl: $cluster" "dotenv:  $node" "shell:   $shell"
[ "$cluster" = '"7"|4 # cores|a#b' ] && [ "$node" = '7|4|a' ] && [ "$shell" = '7|4|a#b' ] || { echo "CHANGED"; exit 1; }
