#!/usr/bin/env bash
# jsonparse 1.3.1 and JSONStream 1.3.5 (npm): a whole number beyond 2^53 is a text, the same one with an exponent a number; seed + 1 is "90071992547409931".
#
# A JSON number is expected to be a number, rounded as JSON.parse rounds it (or a BigInt). The parser beneath JSONStream, for large answers read
# as they come, hands out the digits as a string where a whole number would change, and fractions and exponents as numbers. Rows of one column
# have two types, as their values fall: seeds, counters and identifiers of 64 bits are added as texts, compare by letters with each other, and are
# quoted when written again. What to do: Number(x), or BigInt(x), of what may be large.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts JSONStream@1.3.5 jsonparse@1.3.1 >/dev/null
cat >try.js <<'JS'
const JSONStream = require("JSONStream");
console.log("jsonparse " + require("jsonparse/package.json").version + ", JSONStream " + require("JSONStream/package.json").version);
const text = '{"seeds": [7, 9007199254740993, 18446744073709551615, 9.007199254740993e15]}', seen = [];
const stream = JSONStream.parse("seeds.*");
stream.on("data", (seed) => seen.push(seed));
stream.on("end", () => {
  console.log("read: " + JSON.stringify(seen) + ", types: " + seen.map((x) => typeof x).join() + "; the second + 1: " + (seen[1] + 1));
  console.log("third < second: " + (seen[2] < seen[1]) + "; JSON.parse: " + JSON.stringify(JSON.parse(text).seeds));
  const types = seen.map((x) => typeof x).join();
  process.exit(types === "number,string,string,number" && seen[1] + 1 === "90071992547409931" && seen[2] < seen[1] ? 0 : 1);
});
stream.end(text);
JS
node try.js || { echo "CHANGED"; exit 1; }
