#!/usr/bin/env bash
# apache-arrow 21.2.0 (npm): a missing number is null by get(i) and 0 by toArray(), the fast way to all numbers of a column.
#
# toArray() is expected to give what get and the iterator give. It hands out the memory behind the column, in which a gap
# is 0, as a Float64Array or Int32Array: a mean over it counts gaps as zeros, and a model gets a row that is not missing.
# Where a column has none the two are the same, as in most first trials; columns of truth values come with null. What to
# do: look at nullCount, or [...column].
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts apache-arrow@21.2.0 >/dev/null
cat >try.js <<'JS'
const arrow = require("apache-arrow");
const mean = (x) => Array.from(x).reduce((a, b) => a + b, 0) / x.length;
const column = arrow.vectorFromArray([2, null, 4], new arrow.Float64());
const whole = arrow.tableFromArrays({ x: [2, null, 4] }).getChild("x");
const ints = arrow.vectorFromArray([2, null, 4], new arrow.Int32());
const truth = arrow.vectorFromArray([true, null, false]);
console.log("apache-arrow " + JSON.parse(require("fs").readFileSync("node_modules/apache-arrow/package.json")).version + ", nullCount " + column.nullCount);
for (const [name, v] of [["Float64", column], ["of a table", whole], ["Int32", ints], ["Bool", truth]])
  console.log(name + ": get(1) " + v.get(1) + ", iterator " + JSON.stringify([...v]) + ", toArray " + JSON.stringify(Array.from(v.toArray())));
console.log("mean by toArray " + mean(column.toArray()) + ", without gaps " + mean([...column].filter((x) => x !== null)));
const zeros = [column, whole, ints].every((v) => v.get(1) === null && v.toArray()[1] === 0);
process.exit(zeros && truth.toArray()[1] === null && mean(column.toArray()) === 2 ? 0 : 1);
JS
node try.js || { echo "CHANGED"; exit 1; }
