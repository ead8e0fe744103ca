#!/usr/bin/env bash
# synaptic 1.1.4 (npm): Architect.Hopfield has weights that are not symmetric, and units coupled to themselves; two of them that learned the same patterns answer otherwise.
#
# A Hopfield network has w[i][j] = w[j][i], w[i][i] = 0, weights by Hebb's rule from the patterns alone, and an energy that no step raises. This one is a layer of logistic units fed
# by a copy of themselves, trained by gradient descent from random weights: there is no energy to compare with that of another model, feed is one step and no fixed point, and what it
# answers to patterns that it has not learned depends on the run. Learned patterns come back, as in its example, so that nothing shows it. What to do: a sum of outer
# products, ten lines, gives the real one.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts synaptic@1.1.4 >/dev/null
cat >try.js <<'JS'
const { Architect } = require("synaptic");
console.log("synaptic " + require("synaptic/package.json").version);
const patterns = [[1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1]], all = [...Array(64).keys()].map((k) => [...Array(6).keys()].map((i) => (k >> i) & 1));
const learn = () => {
  const net = new Architect.Hopfield(6);
  net.learn(patterns);
  return net;
};
const couplings = (net) => {
  const w = [...Array(6)].map(() => Array(6).fill(0)), { from, to } = net.layers.input.connectedTo[0];
  for (const c of Object.values(net.layers.input.connectedTo[0].connections)) w[from.list.indexOf(c.from)][to.list.indexOf(c.to)] = c.weight;
  return w;
};
const nets = [1, 2, 3, 4, 5].map(learn), w = couplings(nets[0]), known = nets.every((net) => patterns.every((p) => `${net.feed(p)}` === `${p}`));
const skew = Math.max(...w.flatMap((row, i) => row.map((x, j) => Math.abs(x - w[j][i])))), self = Math.max(...w.map((row, i) => Math.abs(row[i])));
const unlike = all.filter((p) => new Set(nets.map((net) => `${net.feed(p)}`)).size > 1).length;
console.log(`learned patterns come back: ${known}; largest |w[i][j] - w[j][i]| ${skew.toFixed(3)}, largest |w[i][i]| ${self.toFixed(3)}; of 64 patterns ${unlike} are answered otherwise by one of five networks`);
process.exit(known && skew > 1e-6 && self > 1e-6 && unlike > 0 ? 0 : 1);
JS
node try.js || { echo "CHANGED"; exit 1; }
