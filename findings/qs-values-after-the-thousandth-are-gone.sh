#!/usr/bin/env bash
# qs 6.17.1 (npm): of a form with more than 1000 fields the first 1000 are read and the others are not, without a word; a list of more than 20 is an object.
#
# A vector sent as x0=...&x1=... is expected to arrive whole, or to be refused. qs (and with it request.query of Express with the extended
# parser) stops after parameterLimit = 1000 fields, and so does querystring of Node: of the pixels of a picture of 40 x 40 the last 600 are
# missing. x[]=... repeated is a list up to 20 and an object with keys "0", "1", ... beyond, which has no length. What to do: parameterLimit:
# Infinity, arrayLimit, throwOnLimitExceeded: true; or send JSON.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts qs@6.17.1 >/dev/null
cat >try.js <<'JS'
const qs = require("qs");
console.log("qs " + require("qs/package.json").version + ", node " + process.version);
const fields = (n) => Array.from({ length: n }, (_, i) => "x" + i + "=" + (i % 2)).join("&");
const list = (n) => qs.parse(Array.from({ length: n }, (_, i) => "x[]=" + i).join("&")).x;
const found = [1000, 1600].map((n) => Object.keys(qs.parse(fields(n))).length);
const node = Object.keys(require("querystring").parse(fields(1600))).length;
console.log("1000 and 1600 fields: " + found.join(" and ") + " by qs, of 1600 " + node + " by querystring");
console.log("lists of 20 and 40: " + [20, 40].map((n) => (Array.isArray(list(n)) ? "array" : "object") + ", length " + list(n).length).join("; "));
process.exit(found.join() === "1000,1000" && node === 1000 && Array.isArray(list(20)) && !Array.isArray(list(40)) && list(40).length === undefined ? 0 : 1);
JS
node try.js || { echo "CHANGED"; exit 1; }
