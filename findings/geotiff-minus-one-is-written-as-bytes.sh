#!/usr/bin/env bash
# geotiff 3.0.5 (npm): an Int16Array -1, 2, 3, 4 written by writeArrayBuffer is read as -254, 772, 0, 0, an Int32Array as other numbers again; a plain list 0.4, 0.6, 200, 300 is 0, 0, 200, 44; Uint8Array, Uint16Array, Float32Array and Float64Array come back as they were.
#
# What a library writes it is expected to read, and a type that it cannot write to be refused. The header says 16 bits with a sign, the pixels are written as one byte each and the rest is empty: heights, differences, couplings as whole numbers with a sign are lost, and the file is valid TIFF for every other reader.
# A list of numbers becomes bytes, modulo 256. Nothing is said. What to do: Float32Array.from(x), which holds whole numbers up to 2^24.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts geotiff@3.0.5 >/dev/null
cat >try.mjs <<'JS'
import { readFileSync } from "fs";
import { fromArrayBuffer, writeArrayBuffer } from "geotiff";
console.log("geotiff " + JSON.parse(readFileSync("node_modules/geotiff/package.json")).version);
const again = async (numbers) => {
    const image = await (await fromArrayBuffer(await writeArrayBuffer(numbers, { height: 2, width: 2 }))).getImage();
    const [raster] = await image.readRasters();
    return raster.constructor.name + " " + [...raster].join(" ");
};
const short = await again(new Int16Array([-1, 2, 3, 4])), long = await again(new Int32Array([-1, 70000, 3, 4])), list = await again([0.4, 0.6, 200, 300]);
const unsigned = await again(new Uint16Array([1, 256, 300, 65535])), float = await again(new Float64Array([0.1, -1, 200, 300]));
console.log([short, long, list, unsigned, float].join("\n"));
process.exit(short === "Int16Array -254 772 0 0" && long !== "Int32Array -1 70000 3 4" && list === "Uint8Array 0 0 200 44" && unsigned === "Uint16Array 1 256 300 65535" && float === "Float64Array 0.1 -1 200 300" ? 0 : 1);
JS
node try.mjs || { echo "CHANGED"; exit 1; }
