#!/usr/bin/env bash
# TensorFlow.js 4.22: a dropout layer with a seed leaves out the same units in every batch, and draws with a seed repeat themselves in a loop.
#
# The seed of a layer is expected to start a stream of masks, as in Keras. Here each call starts a generator of its own from it: one half of the
# units is never trained, the other always, and nothing shows it. tf.multinomial and randomUniform are alike, so a Gibbs chain that passes its
# seed on draws each step with the numbers of the last, and stands still. (gaussianNoise takes a seed and ignores it.) What to
# do: no seed for the layer; in a chain seed + step.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts @tensorflow/tfjs@4.22.0 >/dev/null
cat >try.js <<'JS'
const tf = require("@tensorflow/tfjs");
const differ = (draw) => new Set(Array.from({ length: 20 }, () => draw().dataSync().join(" "))).size;
tf.setBackend("cpu").then(() => {
  console.log("tfjs " + tf.version.tfjs);
  const seeded = tf.layers.dropout({ rate: 0.5, seed: 7 }), free = tf.layers.dropout({ rate: 0.5 }), noise = tf.layers.gaussianNoise({ stddev: 1, seed: 7 });
  const x = tf.ones([1, 20]);
  const found = [differ(() => seeded.apply(x, { training: true })), differ(() => free.apply(x, { training: true })),
    differ(() => noise.apply(x, { training: true })), differ(() => tf.multinomial([0, 0, 0, 0], 20, 7))];
  console.log("different masks in 20 batches: with a seed " + found[0] + ", without " + found[1]);
  console.log("different results of 20 calls: gaussianNoise with a seed " + found[2] + ", multinomial with a seed " + found[3]);
  process.exit(found.join() === "1,20,20,1" ? 0 : 1);
});
JS
node try.js 2>/dev/null || { echo "CHANGED"; exit 1; }
