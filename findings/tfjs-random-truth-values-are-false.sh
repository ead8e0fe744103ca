#!/usr/bin/env bash
# TensorFlow.js 4.22: randomUniform([1000], 0, 1, "bool") is false a thousand times; with 2 as the upper end half are true.
#
# "bool" is one of the types that the function takes, and 0 to 1 is its default range, so a fair coin is expected. A number below 1 is drawn and stored in whole
# bytes, which cuts it to 0. A mask for dropout, noise on bits or a random start of visible units that is made so is empty, and all that follows
# runs. What to do: randomUniform([n]).less(0.5).
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts @tensorflow/tfjs@4.22.0 >/dev/null
cat >try.mjs <<'JS'
import tf from "@tensorflow/tfjs";
await tf.setBackend("cpu");
const trues = (tensor) => Array.from(tensor.dataSync()).filter((x) => x).length;
const found = [tf.randomUniform([1000], 0, 1, "bool"), tf.randomUniform([1000], undefined, undefined, "bool"), tf.randomUniform([1000], 0, 2, "bool"), tf.randomUniform([1000]).less(0.5)].map(trues);
console.log("tfjs " + tf.version.tfjs + ", true of 1000: 0 to 1 as bool " + found[0] + ", default ends " + found[1] + ", 0 to 2 as bool " + found[2] + ", less(0.5) " + found[3]);
process.exit(found[0] === 0 && found[1] === 0 && found[2] > 400 && found[2] < 600 && found[3] > 400 && found[3] < 600 ? 0 : 1);
JS
node try.mjs || { echo "CHANGED"; exit 1; }
