#!/usr/bin/env bash
# tdigest 0.1.3 and prom-client 15.1.3 (npm): where 9900 of 10000 requests took 1 and 100 took 1000, the median is 11 and the 90th percentile 810; of fractions that never repeat both are right.
#
# A sketch is expected to be near the true percentile, 1 both times, and nearest at its ends. Equal numbers are one mark with a weight, and between two marks a line is drawn from the middle of one to the middle of the other: of times in whole
# milliseconds, counts and bits nearly all lies between the marks, and percentiles are numbers that never occurred, hundreds of times too large where few are. A Summary of prom-client answers with
# these. Nothing is said. What to do: a histogram with buckets; add a random fraction below the unit before.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts tdigest@0.1.3 prom-client@15.1.3 >/dev/null
cat >try.mjs <<'JS'
import { createRequire } from "module";
const require = createRequire(import.meta.url);
const { TDigest } = require("tdigest");
const client = require("prom-client");
const version = (name) => require(name + "/package.json").version;
const shares = [0.5, 0.9, 0.98];
const times = Array.from({ length: 10000 }, (_, i) => (i % 100 === 99 ? 1000 : 1));
const digest = (xs) => { const d = new TDigest(); d.push(xs); d.compress(); return shares.map((p) => d.percentile(p)); };
const whole = digest(times);
const fractions = digest(times.map((x, i) => x + ((i * 0.6180339887) % 1) / 2));
const summary = new client.Summary({ name: "x", help: "x", percentiles: shares, registers: [] });
times.forEach((x) => summary.observe(x));
const told = (await summary.get()).values.filter((v) => "quantile" in v.labels).map((v) => v.value);
const show = (xs) => xs.map((x) => x.toFixed(2)).join(" ");
console.log("percentiles 50 90 98 of 9900 times 1 and 100 times 1000: tdigest " + version("tdigest") + ": " + show(whole) + "; prom-client " + version("prom-client") + ": " + show(told) + "; with fractions added: " + show(fractions));
process.exit(whole[0] > 5 && whole[1] > 500 && told[0] > 5 && told[1] > 500 && fractions.every((x) => x < 2) ? 0 : 1);
JS
node try.mjs || { echo "CHANGED"; exit 1; }
