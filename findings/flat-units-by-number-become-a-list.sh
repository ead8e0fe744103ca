#!/usr/bin/env bash
# flat 6.0.1 (npm): unflatten(flatten({ bias: { 1: 5, 7: 2 } })) is a list of eight with five holes and one before them, which JSON sends as null; "bias.01" is place 1, and of { "a.b": 1, a: 2 } the result is { a: 2 }.
#
# What was flattened is expected to come back. Keys that are whole numbers become places of a list as soon as one stands first behind its point: a table from unit to value, from year to count or from seed to score is a list from 0 on, its holes are null for the receiver, counted as rows and 0 in sums,
# and a name with a leading zero loses it and may meet another. Nothing is said. What to do: unflatten(x, { object: true }), where lists are not needed.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts flat@6.0.1 >/dev/null
cat >try.mjs <<'JS'
import { readFileSync } from "fs";
import { flatten, unflatten } from "flat";
console.log("flat " + JSON.parse(readFileSync("node_modules/flat/package.json")).version);
const again = JSON.stringify(unflatten(flatten({ bias: { 1: 5, 7: 2 } }))), zero = JSON.stringify(unflatten({ "bias.01": 5 })), both = JSON.stringify(unflatten({ "a.b": 1, a: 2 }));
const told = JSON.stringify(unflatten(flatten({ bias: { 1: 5, 7: 2 } }), { object: true }));
console.log("units 1 and 7: " + again + "; told: " + told + "; bias.01: " + zero + "; a.b and a: " + both);
process.exit(again === '{"bias":[null,5,null,null,null,null,null,2]}' && told === '{"bias":{"1":5,"7":2}}' && zero === '{"bias":[null,5]}' && both === '{"a":2}' ? 0 : 1);
JS
node try.mjs || { echo "CHANGED"; exit 1; }
