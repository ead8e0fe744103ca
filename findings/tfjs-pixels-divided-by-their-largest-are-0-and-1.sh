#!/usr/bin/env bash
# TensorFlow.js 4.22: x.div(x.max()) of a tensor of pixels is 0 everywhere but at the largest, where it is 1.
#
# Pictures arrive as Uint8Array and become int32 tensors. div of two int32 tensors rounds down, where / of TensorFlow in Python is a true division; the
# maximum, the sum, the range are int32 too, so scaling to 0..1 and counts.div(counts.sum()) give zeros. div(255) is right, as a number
# in JavaScript counts as a float: whoever tried that first trusts the other. What to do: x.toFloat() first.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts @tensorflow/tfjs@4.22.0 >/dev/null
cat >try.js <<'JS'
const tf = require("@tensorflow/tfjs");
tf.setBackend("cpu").then(() => {
  console.log("tfjs " + tf.version.tfjs);
  const x = tf.tensor(new Uint8Array([0, 64, 128, 255]));
  const ways = { "x.div(255)": x.div(255), "x.div(x.max())": x.div(x.max()), "x.div(x.sum())": x.div(x.sum()), "x.toFloat().div(x.max())": x.toFloat().div(x.max()) };
  for (const [name, y] of Object.entries(ways)) console.log(x.dtype + " " + Array.from(x.dataSync()) + ", " + name + ": " + y.dtype + " " + Array.from(y.dataSync()).map((v) => v.toFixed(3)));
  const found = ["x.div(x.max())", "x.div(x.sum())"].map((name) => Array.from(ways[name].dataSync()).join("")).join();
  process.exit(found === "0001,0000" && ways["x.div(255)"].dataSync()[1] > 0.25 && ways["x.toFloat().div(x.max())"].dataSync()[1] > 0.25 ? 0 : 1);
});
JS
node try.js 2>/dev/null || { echo "CHANGED"; exit 1; }
