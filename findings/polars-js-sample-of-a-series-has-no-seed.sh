#!/usr/bin/env bash
# nodejs-polars 0.26.1: Series.sample({n: 4, seed: 1}) draws other rows each time; DataFrame.sample({n: 4, seed: 1}) the same ones.
#
# Both take the same options, and the seed of the first is passed over in silence. A split into learned and held-out rows that draws indices as a
# Series is another at each start, so that a model that goes on learning has seen what it is judged by. What to do: s.toFrame().sample(...).
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
const s = pl.Series("a", Array.from({ length: 1000 }, (_, i) => i));
const draws = { "Series, {n, seed}": () => s.sample({ n: 20, seed: 1 }), "Series, {frac, seed}": () => s.sample({ frac: 0.02, seed: 1 }), "DataFrame, {n, seed}": () => s.toFrame().sample({ n: 20, seed: 1 }).getColumn("a") };
let found = "";
for (const [name, draw] of Object.entries(draws)) {
  const same = draw().toArray().join() === draw().toArray().join();
  console.log(name + ": the same again " + same);
  found += Number(same);
}
process.exit(found === "001" ? 0 : 1);
JS
node try.js || { echo "CHANGED"; exit 1; }
