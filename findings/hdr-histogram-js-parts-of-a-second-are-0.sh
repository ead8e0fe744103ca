#!/usr/bin/env bash
# hdr-histogram-js 3.0.1 (npm): of the values 0.5 and 0.7 the mean and every percentile are 0, of 1.2, 1.7, 2.9 the 99th percentile is 2 and the mean 1.33; the largest value is 0.7 and 2.9; getValueAtPercentile(0.99) of 1 to 100 is 1.
#
# A histogram with three significant digits is expected to keep three digits of every value, or to refuse one that is no whole number. Values are cut to whole ones, so that latencies in seconds, or in milliseconds where most are below one, are 0, while the largest keeps its fraction and the count is right.
# Percentiles are given in percent. Nothing is said. What to do: record Math.round(seconds * 1e6) and divide what comes out.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts hdr-histogram-js@3.0.1 >/dev/null
cat >try.cjs <<'JS'
const { readFileSync } = require("fs");
const histogram = require("hdr-histogram-js");
console.log("hdr-histogram-js " + JSON.parse(readFileSync("node_modules/hdr-histogram-js/package.json")).version);
const of = (values) => {
    const h = histogram.build({ numberOfSignificantValueDigits: 3 });
    values.forEach((v) => h.recordValue(v));
    return h;
};
const parts = of([0.5, 0.7]), some = of([1.2, 1.7, 2.9]), hundred = of(Array.from({ length: 100 }, (_, i) => i + 1));
const found = [parts.mean, parts.getValueAtPercentile(50), parts.getValueAtPercentile(99), parts.maxValue, some.getValueAtPercentile(99), some.mean.toFixed(2), some.maxValue, hundred.getValueAtPercentile(0.99), hundred.getValueAtPercentile(99)];
console.log("0.5 and 0.7: mean " + found[0] + ", percentiles " + found[1] + " " + found[2] + ", largest " + found[3] + "; 1.2, 1.7, 2.9: " + found[4] + ", mean " + found[5] + ", largest " + found[6] + "; of 1 to 100 percentile 0.99: " + found[7] + ", 99: " + found[8]);
process.exit(found.join(" ") === "0 0 0 0.7 2 1.33 2.9 1 99" ? 0 : 1);
JS
node try.cjs || { echo "CHANGED"; exit 1; }
