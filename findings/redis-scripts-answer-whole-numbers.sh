#!/usr/bin/env bash
# Redis 7.0.15: a script that returns 0.97 answers 0, {0.5, 1.5} answers 0 and 1, {1, nil, 3} answers 1 alone, a table with names nothing; a number written by SET keeps its decimals.
#
# EVAL is expected to answer what its Lua code returns, or to refuse what the protocol lacks. Numbers are cut to whole ones, lists end at the first gap, keys that are no numbers are left out: a mean, a rate or a probability
# computed beside the data is 0 or 1, scores of rows with a missing one are fewer. INCRBYFLOAT and ZSCORE, which answer texts, are right, so that decimals are thought safe. Nothing is said. What to do: return tostring(x), or
# string.format("%.17g", x), and cjson.encode for tables.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"; [ -z "${server:-}" ] || kill "$server" 2>/dev/null || true' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends redis-server=5:7.0.15-1~deb12u10 redis-tools 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'redis-server|redis-tools' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq redis-server=5:7.0.15-1~deb12u10 redis-tools=5:7.0.15-1~deb12u10 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu:$PWD/root/lib/x86_64-linux-gnu
root/usr/bin/redis-server --version | cut -d ' ' -f 1-3
root/usr/bin/redis-server --port 0 --unixsocket "$PWD/socket" --save '' --dir "$PWD" >log 2>&1 &
server=$!
ask() { root/usr/bin/redis-cli -s socket "$@" | tr '\n' ' '; }
for _ in $(seq 50); do
    [ "$(ask PING 2>/dev/null)" = "PONG " ] && break
    sleep 0.1
done
cut=$(ask EVAL 'return 0.97' 0) list=$(ask EVAL 'return {0.5, 1.5}' 0) gap=$(ask EVAL 'return {1, nil, 3}' 0) names=$(ask EVAL 'return {mean = 0.5}' 0)
text=$(ask EVAL 'return tostring(0.97)' 0) sum=$(ask INCRBYFLOAT total 0.97)
echo "0.97 is $cut; 0.5, 1.5 are $list; 1, nil, 3 is $gap; {mean = 0.5} is '$names'; as a text $text; INCRBYFLOAT by 0.97 is $sum"
[ "$cut$list$gap" = "0 0 1 1 " ] && [ "$names" = " " ] && [ "$text$sum" = "0.97 0.97 " ] || { echo CHANGED; exit 1; }
