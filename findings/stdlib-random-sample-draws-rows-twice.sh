#!/usr/bin/env bash
# @stdlib/random-sample 0.2.2 (npm): sample of the rows 1 to 100 gives 100 rows, of which 56 are different; with replace: false all are.
#
# A sample of a list is expected to be drawn without putting back, as by Python's random.sample, R's sample, lodash's sampleSize and pandas' sample: of all rows it is a shuffle. Here rows are put back unless told otherwise. A split made of
# it has rows on both sides and leaves a third out, a shuffled epoch of training misses one row in three, and weights of rows that were to count once count twice. The number of rows is right, and so are means. Nothing is said. What to do: { replace: false }.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts @stdlib/random-sample@0.2.2 >/dev/null
cat >try.cjs <<'JS'
const fs = require("fs"), factory = require("@stdlib/random-sample").factory;
console.log("@stdlib/random-sample " + JSON.parse(fs.readFileSync("node_modules/@stdlib/random-sample/package.json")).version);
const rows = Array.from({ length: 100 }, (_, i) => i + 1), sample = factory({ seed: 1 });
const usual = sample(rows), without = sample(rows, { replace: false });
const kinds = (xs) => new Set(xs).size;
console.log("rows: " + usual.length + ", different ones: " + kinds(usual) + "; with replace: false: " + kinds(without));
process.exit(usual.length === 100 && kinds(usual) === 56 && kinds(without) === 100 ? 0 : 1);
JS
node try.cjs || { echo "CHANGED"; exit 1; }
