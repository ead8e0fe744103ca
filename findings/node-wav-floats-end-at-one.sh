#!/usr/bin/env bash
# node-wav 0.0.2 (npm): with float: true, bitDepth: 32 the readings 0.5, 1.5 and -2 are written as 0.5, 1 and -1; a file of floats that was read and written again by its own example is another one.
#
# A WAV of 32 or 64 bit floats is taken for signals because it holds any number: sensors and amplifiers write volts, simulations what they have, and the reader here gives 1.5 as 1.5. The writer cuts each number to -1 to 1, which whole numbers of 16 bit need, before it writes floats too: peaks and offsets are gone, rows of data that are
# kept in such a file become signs, and mean and deviation are others. Nothing is said; sound, as in a first try, lies between -1 and 1. What to do: wavefile, as below, or divide by the largest number and keep it.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts node-wav@0.0.2 wavefile@11.0.0 >/dev/null
cat >try.cjs <<'JS'
const fs = require("fs"), wav = require("node-wav"), { WaveFile } = require("wavefile");
console.log("node-wav " + JSON.parse(fs.readFileSync("node_modules/node-wav/package.json")).version);
const volts = [0.5, 1.5, -2];
const read = (bytes) => [...wav.decode(bytes).channelData[0]];
const kinds = [32, 64].map((bitDepth) => read(wav.encode([Float32Array.from(volts)], { sampleRate: 1000, float: true, bitDepth })));
const file = new WaveFile();
file.fromScratch(1, 1000, "32f", volts);
const other = file.toBuffer(), seen = wav.decode(other), again = read(wav.encode(seen.channelData, { sampleRate: seen.sampleRate, float: true, bitDepth: 32 }));
console.log("written as 32 and 64 bit floats: " + JSON.stringify(kinds) + "; by wavefile: " + JSON.stringify(read(other)) + ", written again: " + JSON.stringify(again));
process.exit(JSON.stringify([...kinds, read(other), again]) === "[[0.5,1,-1],[0.5,1,-1],[0.5,1.5,-2],[0.5,1,-1]]" ? 0 : 1);
JS
node try.cjs || { echo "CHANGED"; exit 1; }
