#!/usr/bin/env bash
# hyparquet 1.33.0 (npm): a column of bytes in a Parquet file - packed bits, pictures, embeddings - comes out as text, with every byte above 127 lost.
#
# A column that its schema calls BYTE_ARRAY and does not call a string is expected to be given as bytes. It is decoded as UTF-8 unless told
# otherwise: what is no UTF-8 becomes U+FFFD, and 200 and 255 are the same sign thereafter. Bits that happen to be ASCII come through as text,
# so that a first test may pass. What to do: utf8: false.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts hyparquet@1.33.0 hyparquet-writer@0.17.0 >/dev/null
cat >try.mjs <<'JS'
import { readFileSync } from "fs";
import { parquetReadObjects } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";
for (const name of ["hyparquet", "hyparquet-writer"]) console.log(name + " " + JSON.parse(readFileSync("node_modules/" + name + "/package.json")).version);
const file = parquetWriteBuffer({ columnData: [{ name: "bits", type: "BYTE_ARRAY", data: [new Uint8Array([1, 200, 255]), new Uint8Array([1, 255, 200])] }] });
const rows = await parquetReadObjects({ file }), told = await parquetReadObjects({ file, utf8: false });
console.log("default:     " + rows.map((row) => JSON.stringify(row.bits)).join(" and ") + (rows[0].bits === rows[1].bits ? ", equal" : ""));
console.log("utf8: false: " + told.map((row) => Array.from(row.bits).join(" ")).join(" and "));
process.exit(rows[0].bits === "\u0001\ufffd\ufffd" && rows[0].bits === rows[1].bits && told[1].bits.join() === "1,255,200" ? 0 : 1);
JS
node try.mjs || { echo "CHANGED"; exit 1; }
