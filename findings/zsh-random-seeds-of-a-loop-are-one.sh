#!/usr/bin/env bash
# zsh 5.9: seeds taken as seed=$(print $RANDOM), in a pipe or by processes put in the background are one and the same number, however often they are drawn; in bash they differ.
#
# $RANDOM is expected to be another number each time, as it is in the shell itself. A part of a script that runs as a process of its own begins with the state of the shell that started it and hands none back: as long as that one does not draw a number itself, all chains, splits and workers of a
# loop have one seed, and five runs are one run five times, with no scatter between them. Nothing is said. What to do: draw the number in the shell (seed=$RANDOM), or count: seed=$((seed + 1)).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq zsh=5.9-4+b15 zsh-common=5.9-4 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f zsh_*.deb Version | sed 's/^/zsh /'
cat >try <<'Z'
for i in 1 2 3 4; do seed=$(echo $RANDOM); echo $seed; done
for i in 1 2 3 4; do echo $RANDOM | cat; done
for i in 1 2 3 4; do (echo $RANDOM) & wait; done
Z
cat >plain <<'Z'
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do seed=$RANDOM; echo $seed; done
Z
of_zsh=$(root/bin/zsh -f try) of_bash=$(bash --norc try 2>/dev/null) in_the_shell=$(root/bin/zsh -f plain)
different() { sort -u <<<"$1" | wc -l; }
echo "12 seeds in zsh: $(xargs <<<"$of_zsh"); different: $(different "$of_zsh"), in bash: $(different "$of_bash"), in zsh with seed=\$RANDOM: $(different "$in_the_shell")"
[ "$(wc -l <<<"$of_zsh")" = 12 ] && [ "$(different "$of_zsh")" = 1 ] && [ "$(different "$of_bash")" -gt 8 ] && [ "$(different "$in_the_shell")" -gt 8 ] || { echo "CHANGED"; exit 1; }
