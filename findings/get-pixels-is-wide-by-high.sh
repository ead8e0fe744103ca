#!/usr/bin/env bash
# get-pixels 3.3.3 and save-pixels 2.3.6 (npm): a grey picture 3 wide and 2 high has the shape [3, 2, 4], so that get(0, 1, 0) is the first number of the second row; a matrix of 2 x 3 is saved as a picture 2 wide and 3 high.
#
# The ndarray of a picture is expected to be rows by columns, as numpy, OpenCV, image formats and ndarray's own matrices are. The first index goes along a row: a model that takes pixels in the order of get(i, j) sees each picture turned over its
# diagonal, and a square one, such as a digit of 28 x 28, gives no error anywhere. A matrix of weights saved as a picture is the transposed one. Read and saved by the two, all looks right. What to do:
# pixels.transpose(1, 0, 2) after reading, matrix.transpose(1, 0) before saving.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts get-pixels@3.3.3 save-pixels@2.3.6 ndarray@1.0.19 pngjs@7.0.0 >/dev/null
cat >try.cjs <<'JS'
const fs = require("fs"), read = require("util").promisify(require("get-pixels")), save = require("save-pixels"), ndarray = require("ndarray"), { PNG } = require("pngjs");
for (const name of ["get-pixels", "save-pixels"]) console.log(name + " " + require(name + "/package.json").version);
const png = new PNG({ width: 3, height: 2 });
[1, 2, 3, 4, 5, 6].forEach((level, i) => png.data.set([level, level, level, 255], 4 * i));
fs.writeFileSync("in.png", PNG.sync.write(png));
(async () => {
  const pixels = await read("in.png"), turned = pixels.transpose(1, 0, 2);
  const parts = [];
  const saved = save(ndarray(new Uint8Array([10, 20, 30, 40, 50, 60]), [2, 3]), "png");
  saved.on("data", (part) => parts.push(part));
  await new Promise((done) => saved.on("end", done));
  const back = PNG.sync.read(Buffer.concat(parts));
  const levels = [...back.data].filter((_, i) => i % 4 === 0);
  console.log("rows 1 2 3 and 4 5 6: shape " + pixels.shape + ", get(0, 1, 0) is " + pixels.get(0, 1, 0) + ", transposed " + turned.get(0, 1, 0) + "; rows 10 20 30 and 40 50 60 are saved " + back.width + " wide: " + levels);
  process.exit(pixels.shape.join() === "3,2,4" && pixels.get(0, 1, 0) === 4 && turned.get(0, 1, 0) === 2 && back.width === 2 && levels.join() === "10,40,20,50,30,60" ? 0 : 1);
})();
JS
node try.cjs || { echo "CHANGED"; exit 1; }
