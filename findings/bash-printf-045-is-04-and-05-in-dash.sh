#!/usr/bin/env bash
# bash 5.2 and dash 0.5.12: printf %.1f of 0.15 is 0.2 in bash and 0.1 in dash and awk, of 0.45 0.4 in bash and 0.5 in the others, and a tenth with 20 digits is 0.10000000000000000000 in bash.
#
# One format and one number are expected to give one text, whatever shell a script's first line names. bash (and /usr/bin/printf) keeps the number as long double, in which 0.15 lies above itself and 0.45 below; everything else, C, awk and
# dash, as double, where it is the other way round. Rounded rates change by one in the last place between sh and bash, in a container whose sh is another, and a comparison of two reports fails. Of the ten numbers
# 0.05, 0.15 to 0.95 four differ. Nothing is said. What to do: one of them throughout, such as awk.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq bash=5.2.15-2+b13 dash=0.5.12-2 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in bash dash; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
export LC_ALL=C
cat >all.sh <<'S'
for i in 05 15 25 35 45 55 65 75 85 95; do printf '%.1f ' 0.$i; done
printf '%.20f' 0.1
S
bash=$(root/bin/bash all.sh) dash=$(root/bin/dash all.sh)
awk=$(awk 'BEGIN { for (i = 5; i < 100; i += 10) printf "%.1f ", i / 100; printf "%.20f", 0.1 }')
printf '0.05 0.15 ... 0.95 with one decimal, and 0.1 with twenty\nbash: %s\ndash: %s\nawk:  %s\n' "$bash" "$dash" "$awk"
[ "$bash" != "$dash" ] && [ "$dash" = "$awk" ] && [[ $bash == *" 0.10000000000000000000" ]] || { echo CHANGED; exit 1; }
