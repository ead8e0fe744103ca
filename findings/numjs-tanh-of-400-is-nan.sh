#!/usr/bin/env bash
# numjs 0.16.1 (npm): tanh of 400 is NaN, of -400 it is -1; softmax of 1000 and 1001 is NaN NaN; sigmoid of -31 is 0 and its logarithm -Infinity; mean([[1, 2], [3]]) is NaN; of whole numbers held as int32 exp(1) is 2 and sqrt(2) is 1.
#
# Functions with numpy's and scipy's names are expected to be those, and Math.tanh(400) is 1. tanh is (e^2x - 1) / (e^2x + 1), softmax is made of plain exponentials, sigmoid is 1 or 0 beyond 30 from the middle. Inputs to a unit of some hundreds, as pixels from 0 to 255 give, and energies, have no answer, one unit of NaN makes
# NaN of the next layer; log-likelihoods of what the model finds unlikely are infinite. Results keep the type of the array, so that tables of whole numbers have whole exponentials. Nothing is said. What to do: x.tolist().map(Math.tanh), subtract the maximum first, "float64" as dtype.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts numjs@0.16.1 >/dev/null
cat >try.cjs <<'JS'
const module_ = require("module"), load = module_._load;
module_._load = function (name, ...rest) { return name === "sharp" ? {} : load.call(this, name, ...rest); }; // pictures are not wanted
const nj = require("numjs");
console.log("numjs " + require("numjs/package.json").version);
const tanh = nj.tanh(nj.array([400, -400])).tolist(), softmax = nj.softmax(nj.array([1000, 1001])).tolist(), sigmoid = nj.sigmoid(nj.array([-29, -31])).tolist();
const ragged = nj.mean(nj.array([[1, 2], [3]])), whole = [nj.exp(nj.array([1], "int32")).get(0), nj.sqrt(nj.array([2], "int32")).get(0)];
console.log("tanh of 400 and -400: " + tanh + "; softmax of 1000 and 1001: " + softmax + "; sigmoid of -29 and -31: " + sigmoid + "; mean of a short row: " + ragged + "; exp(1), sqrt(2) of int32: " + whole);
process.exit(tanh.join() === "NaN,-1" && softmax.join() === "NaN,NaN" && sigmoid[0] > 0 && sigmoid[1] === 0 && Number.isNaN(ragged) && whole.join() === "2,1" ? 0 : 1);
JS
node try.cjs || { echo "CHANGED"; exit 1; }
