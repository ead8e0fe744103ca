#!/usr/bin/env bash
# nodejs-polars 0.26.1: pl.Series([true, true]).sum() is false; it is true where exactly one value is. mean, cumSum and the sum of a data frame count.
#
# A sum of truth values is to count them, as it does in pandas, R, numpy and a select of the same library. As a condition - "is any
# row wrong?" - the answer is right for one such row and wrong for two; as a number, + false is 0 and a rate is 0 of n. Nothing is said. What to do:
# mean() times length, or pl.DataFrame({b}).select(pl.col("b").sum()).
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
[ "$(uname -m)" = x86_64 ] || { echo "needs x86_64"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts nodejs-polars@0.26.1 nodejs-polars-linux-x64-gnu@0.26.1 >/dev/null
cat >try.js <<'JS'
const pl = require("nodejs-polars");
console.log("nodejs-polars " + require("nodejs-polars/package.json").version);
let ok = true;
for (const values of [[false, false], [true], [true, true], [true, false, true], [true, true, true, false]]) {
  const s = pl.Series("b", values), on = values.filter(Boolean).length;
  const frame = pl.DataFrame({ b: values }).select(pl.col("b").sum()).rows()[0][0];
  console.log(values.join(), ": sum", s.sum(), ", mean", s.mean(), ", sum of a data frame", frame);
  ok = ok && s.sum() === (on === 1) && frame === on && s.mean() === on / values.length;
}
process.exit(ok ? 0 : 1);
JS
node try.js || { echo "CHANGED"; exit 1; }
