#!/usr/bin/env bash
# jmespath 0.16.0 (npm): sort([10, 9, 1]) is 1, 10, 9 and of -1, -10, 2 it is -1, -10, 2, so that reverse(sort(x))[0] is 9; sort_by and max of the same numbers are right; to_number of an empty text is 0, of 0x10 it is 16.
#
# JMESPath defines sort for numbers, by value. This library hands the list to JavaScript's sort without a rule, which compares numbers by their letters: right for single digits and for fractions of one spelling, wrong from the first number with another length or sign on, so for energies,
# counts and times. The "best" of a list of answers, a median, a threshold taken from it are others, and nothing is said. What to do: sort_by(x, &@), max(x).
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts jmespath@0.16.0 >/dev/null
cat >try.cjs <<'JS'
const jmespath = require("jmespath");
console.log("jmespath " + require("jmespath/package.json").version);
const ask = (question, x) => JSON.stringify(jmespath.search({ x }, question));
const sorted = ask("sort(x)", [10, 9, 1]), negative = ask("sort(x)", [-1, -10, 2]), best = ask("reverse(sort(x))[0]", [10, 9, 1]), by = ask("sort_by(x, &@)", [10, 9, 1]), largest = ask("max(x)", [10, 9, 1]);
const empty = ask("to_number(x)", ""), hexadecimal = ask("to_number(x)", "0x10");
console.log("sort: " + sorted + " and " + negative + "; reverse(sort(x))[0]: " + best + "; sort_by: " + by + "; max: " + largest + "; to_number: " + empty + " and " + hexadecimal);
process.exit([sorted, negative, best, by, largest, empty, hexadecimal].join(" ") === "[1,10,9] [-1,-10,2] 9 [1,9,10] 10 0 16" ? 0 : 1);
JS
node try.cjs || { echo "CHANGED"; exit 1; }
