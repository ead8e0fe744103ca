#!/usr/bin/env bash
# lodash 4.18.1, jstat 1.9.6 and d3-array 3.2.5 (npm): the mean of "1", "2", "3" is 41, or 107, or 2; and of an empty cell between "1" and "3" d3 makes a zero.
#
# Readers of CSV give texts unless told otherwise, and a mean of texts is expected to be an error or NaN
# (simple-statistics) or to read them. lodash and jstat join them by +, and divide "123", or "0321": numbers of a wrong
# size, which for one row are right. d3.mean does read them, and skips null, but an empty text is 0 to it: the mean is
# that of a zero more. d3.max of "9" and "10" is "9". What to do: Number() when reading, and null for empty cells.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts lodash@4.18.1 jstat@1.9.6 d3-array@3.2.5 simple-statistics@7.12.1 >/dev/null
cat >try.mjs <<'JS'
import { createRequire } from "module";
import { max, mean } from "d3-array";
const require = createRequire(import.meta.url);
const ways = { lodash: require("lodash").mean, jstat: require("jstat").jStat.mean, d3: mean, "simple-statistics": require("simple-statistics").mean };
const rows = [["1", "2", "3"], ["5"], ["1", "", "3"], [1, null, 3]];
const seen = {};
for (const [name, way] of Object.entries(ways)) {
  seen[name] = rows.map((row) => way(row));
  console.log(name.padEnd(17), rows.map((row, i) => JSON.stringify(row) + " " + seen[name][i]).join(", "));
}
console.log("d3.max of 9 and 10 as texts", max(["9", "10"]));
const ok = seen.lodash[0] === 41 && seen.jstat[0] > 100 && seen.d3[0] === 2 && Number.isNaN(seen["simple-statistics"][0]);
process.exit(ok && seen.lodash[1] == 5 && seen.d3[2] === 4 / 3 && seen.d3[3] === 2 && max(["9", "10"]) === "9" ? 0 : 1);
JS
node try.mjs || { echo "CHANGED"; exit 1; }
