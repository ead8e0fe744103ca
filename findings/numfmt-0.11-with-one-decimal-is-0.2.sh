#!/usr/bin/env bash
# GNU coreutils 9.1: numfmt --format=%.1f makes 0.2 of 0.11, 0.1 of 0.001, -0.2 of -0.11 and 1.1K of 1001; printf of the same package makes 0.1, 0.0 and -0.1.
#
# A format like that of printf is expected to round to the nearest. numfmt rounds away from zero unless told otherwise: every number of a column grows by half a unit of its last digit in the mean, a probability of a thousandth is a tenth, and columns of shares sum to more than 1.
# What has no further digits stays as it is, so that a try with 0.5 shows nothing, and nothing is said. What to do: numfmt --round=nearest, or printf.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq coreutils=9.1-1 2>/dev/null
dpkg-deb -x coreutils_*.deb root
dpkg-deb -f coreutils_*.deb Version | sed 's/^/coreutils /'
export LC_ALL=C PATH=$PWD/root/usr/bin:$PATH
numbers=(0.11 0.001 -0.11 2.5 0.25 0.25 0.125)
away=$(numfmt --format=%.1f -- "${numbers[@]}" | xargs) nearest=$(numfmt --round=nearest --format=%.1f -- "${numbers[@]}" | xargs) by_printf=$(printf '%.1f ' "${numbers[@]}" | xargs)
short=$(numfmt --to=si 1001)
printf '%s\nnumfmt:           %s\n--round=nearest:  %s\nprintf:           %s\n1001 --to=si: %s\n' "${numbers[*]}" "$away" "$nearest" "$by_printf" "$short"
[ "$away" = "0.2 0.1 -0.2 2.5 0.3 0.3 0.2" ] && [ "$nearest" = "0.1 0.0 -0.1 2.5 0.3 0.3 0.1" ] && [ "$by_printf" = "0.1 0.0 -0.1 2.5 0.2 0.2 0.1" ] && [ "$short" = 1.1K ] || { echo "CHANGED"; exit 1; }
