#!/usr/bin/env bash
# seedrandom 3.0.5 (npm): seedrandom(1) and seedrandom("1") draw other numbers, as do seedrandom(0.1 + 0.2) and seedrandom(0.3); 5 and 5n draw the same, two different Maps too; with null each generator is another one.
#
# A seed is expected to be the number, however it came. A number and a text are told apart, and what comes from a command line, an address, a form or the environment is a text: the chain that was run with ?seed=1 is not that of { "seed": 1 } in a file, and none of the two is repeated by the other, which nobody sees but in
# the numbers. null, as JSON has it for "none given", draws a seed from the clock. Objects count by the properties they list, of which Maps and Sets have none, down to the third level. Nothing is said. What to do: seedrandom(String(seed)), everywhere.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts seedrandom@3.0.5 >/dev/null
cat >try.cjs <<'JS'
const fs = require("fs"), seedrandom = require("seedrandom");
console.log("seedrandom " + JSON.parse(fs.readFileSync("node_modules/seedrandom/package.json")).version);
const same = (a, b) => seedrandom(a)() === seedrandom(b)();
const found = { "1 and '1'": same(1, "1"), "'1' and String(1)": same("1", String(1)), "0.1 + 0.2 and 0.3": same(0.1 + 0.2, 0.3), "5 and 5n": same(5, 5n), "two Maps": same(new Map([[1, 2]]), new Map()), "null twice": same(null, null), "1 twice": same(1, 1) };
console.log("same numbers: " + JSON.stringify(found));
process.exit(Object.values(found).join() === "false,true,false,true,true,false,true" ? 0 : 1);
JS
node try.cjs || { echo "CHANGED"; exit 1; }
