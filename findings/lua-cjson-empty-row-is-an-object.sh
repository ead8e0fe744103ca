#!/usr/bin/env bash
# lua-cjson 2.1: an empty list is sent as {}, a list with a hole is filled up with null, and numbers go out with 14 digits.
#
# Lua has one kind of table. A row without values therefore arrives as an object instead of a list, and {[1]=1, [4]=2} as [1,null,null,2], which
# a server that reads null as "missing" answers. A whole number of 16 digits (a seed, an id) comes out as another. This version has no
# cjson.empty_array and takes no precision above 14. What to do: send no empty list, put cjson.null where a
# value is missing, and whole numbers beyond 14 digits as text.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq lua-cjson=2.1.0+dfsg-2.2 lua5.3 liblua5.3-0 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f lua-cjson_*.deb Version | sed 's/^/lua-cjson /'
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu "LUA_CPATH=$PWD/root/usr/lib/x86_64-linux-gnu/lua/5.3/?.so"
cat >try.lua <<'LUA'
local json = require "cjson"
print(json.encode({}), json.encode({[1] = 1, [4] = 2}), json.encode({seed = 1234567890123456}))
print("empty_array:", json.empty_array)
print("precision 17:", pcall(json.encode_number_precision, 17))
LUA
root/usr/bin/lua5.3 try.lua | tee out
head -n 1 out | grep -qF "$(printf '{}\t[1,null,null,2]\t{"seed":1.2345678901235e+15}')" || { echo CHANGED; exit 1; }
grep -q '^empty_array:.nil$' out && grep -q '^precision 17:.false' out || { echo CHANGED; exit 1; }
