#!/usr/bin/env bash
# sharp 0.35.5 (npm): raw() of a grey PNG of 28 x 28 has 2352 bytes, each level three times; also where metadata says one channel.
#
# A grey file is expected to give its 784 levels, as Pillow, fast-png and stb do. What is read is turned into sRGB before it goes out, and
# raw bytes have no header that tells: the first 784 of them are the first third of the picture, each pixel three times, with levels that
# look right. Whether the file is grey in itself makes no difference. What to do: .toColourspace("b-w"), or look at info.channels of
# resolveWithObject.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts sharp@0.35.5 >/dev/null
cat >try.mjs <<'JS'
import { readFileSync } from "fs";
import sharp from "sharp";
console.log("sharp " + JSON.parse(readFileSync("node_modules/sharp/package.json")).version);
const levels = Buffer.from(Array.from({ length: 784 }, (_, i) => i % 251));
const png = await sharp(levels, { raw: { width: 28, height: 28, channels: 1 } }).toColourspace("b-w").png().toBuffer();
const { channels } = await sharp(png).metadata();
const usual = await sharp(png).raw().toBuffer(), told = await sharp(png).toColourspace("b-w").raw().toBuffer();
console.log("channels of the file: " + channels + "; raw(): " + usual.length + " bytes, " + [...usual.subarray(0, 7)].join(" ") + " ...; with b-w: " + told.length + ", " + [...told.subarray(0, 7)].join(" "));
process.exit(channels === 1 && usual.length === 2352 && usual[3] === levels[1] && Buffer.compare(told, levels) === 0 ? 0 : 1);
JS
node try.mjs || { echo "CHANGED"; exit 1; }
