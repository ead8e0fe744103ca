#!/usr/bin/env bash
# json-bigint 1.0.0 (npm): a fraction of more than 15 characters, as 0.30000000000000004, is an object; the sum of a list with one is a text.
#
# The package is for whole numbers beyond 2^53, and numbers that a double holds are expected to be left alone. What decides is the length of the
# text: of probabilities written in full most are objects, 0.5 and 0.25 beside them numbers. Products and Math.log go on by conversion, sums join
# digits, Number.isFinite and typeof say no, and JSON.stringify puts quotes around them. With useNativeBigInt the same answer is refused. What to
# do: JSON.parse for scores; Number(x) of each value.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts json-bigint@1.0.0 >/dev/null
cat >try.js <<'JS'
const JSONbig = require("json-bigint");
console.log("json-bigint " + require("json-bigint/package.json").version);
const text = "[0.5,0.30000000000000004,0.1]", p = JSONbig.parse(text);
const sum = p.reduce((a, b) => a + b, 0), kinds = p.map((x) => typeof x).join();
let native;
try {
  native = JSON.stringify(JSONbig({ useNativeBigInt: true }).parse(text));
} catch (error) {
  native = error.name;
}
console.log(`${text}: ${kinds}, sum ${JSON.stringify(sum)}, isFinite ${p.map(Number.isFinite)}, JSON.stringify ${JSON.stringify(p)}, useNativeBigInt: ${native}`);
process.exit(kinds === "number,object,number" && sum === "0.50.300000000000000040.1" && native === "SyntaxError" && JSON.parse(text)[1] === Number(p[1]) ? 0 : 1);
JS
node try.js || { echo "CHANGED"; exit 1; }
