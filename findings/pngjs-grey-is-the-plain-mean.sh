#!/usr/bin/env bash
# pngjs 7.0.0 (npm): colour written as grey (colorType 0) is the plain mean of red, green and blue: all three become 85, where jimp 1.6.1 has 54, 182 and 18.
#
# A grey picture made of a colour one is expected to weigh the colours, 0.299, 0.587, 0.114 (Pillow: 76, 150, 29) or 0.2126, 0.7152, 0.0722 (jimp,
# image-js). The option that only seems to choose a way of storing weighs them alike: red, green and blue areas of one brightness are one area,
# and a model that learned from greys of another program is given levels up to 97 away. What to do: compute the grey levels before, and write them
# with inputColorType 0.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts pngjs@7.0.0 jimp@1.6.1 >/dev/null
cat >try.js <<'JS'
const { PNG } = require("pngjs");
const { Jimp } = require("jimp");
console.log("pngjs " + require("pngjs/package.json").version);
const colours = [255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255];
const red = (pixels) => [0, 4, 8].map((i) => pixels[i]);
const png = new PNG({ width: 3, height: 1 });
png.data.set(colours);
const plain = red(PNG.sync.read(PNG.sync.write(png, { colorType: 0 })).data);
const grey = new PNG({ width: 3, height: 1, colorType: 0, inputColorType: 0, inputHasAlpha: false });
grey.data = Buffer.from([76, 150, 29]);
const given = red(PNG.sync.read(PNG.sync.write(grey, { colorType: 0, inputColorType: 0, inputHasAlpha: false })).data);
const picture = new Jimp({ width: 3, height: 1 });
picture.bitmap.data.set(colours);
const weighed = red(picture.greyscale().bitmap.data);
console.log(`red, green, blue: pngjs ${plain}, jimp's greyscale() ${weighed}; grey levels given as such: ${given}`);
process.exit(`${plain}` === "85,85,85" && `${weighed}` === "54,182,18" && `${given}` === "76,150,29" ? 0 : 1);
JS
node try.js || { echo "CHANGED"; exit 1; }
