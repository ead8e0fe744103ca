#!/usr/bin/env bash
# data-forge 1.10.5 (npm): a DataFrame of the columns 1, 2, 3 and 1, 2 has two rows; cumsum of 1, null, 3 is 1, 4, and its average 2 where count says 3; parseFloats makes 0 of the cell 0x10, and parseInts 8 of 08, 16 of 0x10 and 1 of 1e3.
#
# Columns of different lengths are expected to be refused, as pandas does, or to be filled up. The table ends with the shortest: of predictions for all rows beside labels for some, the rows that are left look like a complete table. Running sums leave out gaps instead of passing them on, so what stands beside them belongs to other rows,
# and average times count is no sum. Nothing is said. What to do: compare the lengths first; select(v => v ?? NaN).
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts data-forge@1.10.5 >/dev/null
cat >try.cjs <<'JS'
const forge = require("data-forge");
console.log("data-forge " + require("data-forge/package.json").version);
const say = JSON.stringify, gap = new forge.Series([1, null, 3]);
const table = say(new forge.DataFrame({ columns: { a: [1, 2, 3], b: [1, 2] } }).toArray()), sums = say(gap.cumsum().toArray()), mean = gap.average(), count = gap.count();
const floats = say(forge.fromCSV("a\n0x10\n0.5").parseFloats("a").getSeries("a").toArray()), whole = say(forge.fromCSV("a\n08\n0x10\n1e3").parseInts("a").getSeries("a").toArray());
console.log("columns of 3 and 2: " + table + "; of 1, null, 3 cumsum " + sums + " average " + mean + " count " + count + "; parseFloats of 0x10, 0.5: " + floats + "; parseInts of 08, 0x10, 1e3: " + whole);
process.exit(table === '[{"a":1,"b":1},{"a":2,"b":2}]' && sums === "[1,4]" && mean === 2 && count === 3 && floats === "[0,0.5]" && whole === "[8,16,1]" ? 0 : 1);
JS
node try.cjs || { echo "CHANGED"; exit 1; }
