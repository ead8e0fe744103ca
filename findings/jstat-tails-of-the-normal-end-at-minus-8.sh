#!/usr/bin/env bash
# jStat 1.9.6 (npm): the probability of -9 under the normal distribution is 0, and a Poisson probability of a count of 144 or more is Infinity or NaN.
#
# A left tail is expected to be as exact as a double allows (1.1e-19 at -9). It is made as half of 1 + erf, so that below -8.3 nothing is
# left: p values are 0, logs -Infinity. poisson.pdf(k, k) multiplies powers out before it divides, and gives Infinity from 144 and NaN from
# 171 on, where exp(k log(k) - k - gammaln(k + 1)) of the same package is right. What to do: that; tails from another package.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts jstat@1.9.6 >/dev/null
cat >try.js <<'JS'
const { jStat } = require("jstat");
console.log("jstat " + require("jstat/package.json").version);
const tail = [-5, -9].map((z) => jStat.normal.cdf(z, 0, 1)), pdf = [143, 144, 200].map((k) => jStat.poisson.pdf(k, k));
const right = Math.exp(200 * Math.log(200) - 200 - jStat.gammaln(201));
console.log("normal.cdf of -5 and -9: " + tail.join(" and ") + " (2.867e-7 and 1.13e-19)\npoisson.pdf(k, k) of 143, 144, 200: " + pdf.join(" ") + ", by gammaln at 200 " + right);
process.exit(Math.abs(tail[0] / 2.8665e-7 - 1) < 1e-3 && tail[1] === 0 && pdf[0] > 0.03 && pdf[1] === Infinity && Number.isNaN(pdf[2]) && Math.abs(right - 0.0282) < 1e-4 ? 0 : 1);
JS
node try.js || { echo "CHANGED"; exit 1; }
