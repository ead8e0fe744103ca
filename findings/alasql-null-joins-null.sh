#!/usr/bin/env bash
# AlaSQL 4.19.1 (npm): rows without a key join all others without a key, NaN counts as a zero in AVG, and 1 and '1' are one group.
#
# NULL is expected to equal nothing in SQL, so that a row without a key finds no partner. Here ON a.id = b.id matches null with null, of which
# each pair is a row: tables with many missing keys grow. AVG leaves null out, but takes NaN into the count and not into the sum: of 1, NaN, 3
# the mean is 1.33, neither 2 nor NaN. What to do: WHERE a.id IS NOT NULL; take NaN away before.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts alasql@4.19.1 >/dev/null
cat >try.js <<'JS'
const alasql = require("alasql");
console.log("alasql " + require("./node_modules/alasql/package.json").version);
const a = [{ id: 1, x: 5 }, { id: null, x: 6 }, { id: null, x: 7 }], b = [{ id: 1, y: 1 }, { id: null, y: 2 }, { id: null, y: 3 }];
const joined = alasql("SELECT a.x, b.y FROM ? a JOIN ? b ON a.id = b.id", [a, b]);
const mean = (list) => alasql("SELECT AVG(x) m FROM ?", [list.map((x) => ({ x }))])[0].m, groups = alasql("SELECT g, COUNT(*) n FROM ? GROUP BY g", [[{ g: 1 }, { g: "1" }]]);
console.log("JOIN: " + JSON.stringify(joined) + "\nAVG of 1, null, 3: " + mean([1, null, 3]) + ", of 1, NaN, 3: " + mean([1, NaN, 3]) + "\nGROUP BY: " + JSON.stringify(groups));
process.exit(joined.length === 5 && mean([1, null, 3]) === 2 && Math.abs(mean([1, NaN, 3]) - 4 / 3) < 1e-12 && groups.length === 1 ? 0 : 1);
JS
node try.js || { echo "CHANGED"; exit 1; }
