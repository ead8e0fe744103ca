#!/usr/bin/env bash
# h5wasm 0.10.3 (npm): whole numbers of a JavaScript array are written to HDF5 as int32, and 3000000000 comes back as -1294967296.
#
# The type of an array's numbers is double, which holds them, and that is what is written where any has a fraction. Without one it is int32, whatever their size: times in
# milliseconds, identifiers, counters wrap, and one 0.5 in the array saves all of them. Nothing is said. What to do: a Float64Array, or
# dtype: "<d".
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts h5wasm@0.10.3 >/dev/null
cat >try.mjs <<'JS'
import fs from "fs";
import h5 from "h5wasm/node";
await h5.ready;
const file = new h5.File("numbers.h5", "w");
const back = (name, options) => {
  file.create_dataset({ name, ...options });
  const set = file.get(name);
  console.log(name + " (" + set.dtype + "): " + Array.from(set.value).join(", "));
  return Array.from(set.value);
};
console.log("h5wasm " + JSON.parse(fs.readFileSync("node_modules/h5wasm/package.json")).version);
const whole = back("whole", { data: [3000000000, 1700000000000, 5] });
const one_half = back("with a fraction", { data: [3000000000, 1700000000000, 0.5] });
const typed = back("Float64Array", { data: new Float64Array([3000000000, 1700000000000, 5]) });
file.close();
process.exit(whole[0] === -1294967296 && whole[1] !== 1700000000000 && one_half[1] === 1700000000000 && typed[1] === 1700000000000 ? 0 : 1);
JS
node try.mjs || { echo "CHANGED"; exit 1; }
