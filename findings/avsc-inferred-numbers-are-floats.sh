#!/usr/bin/env bash
# avsc 5.7.9 (npm): the type that Type.forValue finds for 0.1 or a list of weights is "float", so that 0.1 comes back as 0.10000000149011612 and 1e200 as Infinity.
#
# JavaScript's numbers are doubles, and the type inferred of a value is expected to hold that value. Fractions below 2^53 are taken for single
# precision, larger numbers for double; toBuffer does not say what it cuts, isValid is true. A schema inferred of the first row decides for all:
# later values of 1e200 are infinite, 1e-60 are 0, and a log-likelihood of -1234.56789 is -1234.56787. What to do: write the schema, "double", or
# give valueHook of forValue to that end.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts avsc@5.7.9 >/dev/null
cat >try.js <<'JS'
const { Type } = require("avsc");
console.log("avsc " + require("avsc/package.json").version);
const pass = (type, value) => type.fromBuffer(type.toBuffer(value));
const first = { w: [0.1, 2.5], score: -1234.56789 }, type = Type.forValue(first);
const back = pass(type, first), later = pass(type, { w: [1e200, 1e-60], score: 0 });
const double = Type.forSchema({ type: "record", fields: [{ name: "w", type: { type: "array", items: "double" } }, { name: "score", type: "double" }] });
console.log("inferred: " + type + "\nback:", JSON.stringify(back), "valid:", type.isValid(first), "; [1e200, 1e-60] back:", later.w, "; with double:", JSON.stringify(pass(double, first)));
process.exit(back.w[0] === Math.fround(0.1) && later.w[0] === Infinity && later.w[1] === 0 && pass(double, first).w[0] === 0.1 && type.isValid(first) ? 0 : 1);
JS
node try.js || { echo "CHANGED"; exit 1; }
