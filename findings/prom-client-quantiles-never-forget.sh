#!/usr/bin/env bash
# prom-client 15.1.3 (npm): a Summary's 0.99 quantile is 10 s after a slow start of 200 requests, and still 9.996 s after 10000 requests of 0.1 s.
#
# The quantiles of a Summary are expected to be of the last minutes: the client of Go, from which the metric's name and form are, keeps ten.
# Here they are of the whole life of the process, unless maxAgeSeconds and ageBuckets are given: a slow first minute keeps an alert on for
# days, and a service that becomes slow after a week of good answers is not seen for as long. What to do: new Summary({..., maxAgeSeconds:
# 600, ageBuckets: 5}), or a Histogram.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts prom-client@15.1.3 >/dev/null
cat >try.mjs <<'JS'
import { readFileSync } from "fs";
import prom from "prom-client";
console.log("prom-client " + JSON.parse(readFileSync("node_modules/prom-client/package.json")).version);
const quantile = async (slow, fast, more) => {
  const register = new prom.Registry();
  const s = new prom.Summary({ name: "seconds", help: "answers", percentiles: [0.99], registers: [register], ...more });
  for (let i = 0; i < slow; i++) s.observe(10);
  if (more) await new Promise((done) => setTimeout(done, 2500));
  for (let i = 0; i < fast; i++) s.observe(0.1);
  return (await s.get()).values[0].value;
};
const whole = await quantile(200, 10000), window = await quantile(200, 10000, { maxAgeSeconds: 1, ageBuckets: 2 });
console.log("0.99 quantile after 200 of 10 s and 10000 of 0.1 s: " + whole + "; with maxAgeSeconds, the slow ones out of it: " + window);
process.exit(whole > 9.9 && Math.abs(window - 0.1) < 1e-9 ? 0 : 1);
JS
node try.mjs || { echo "CHANGED"; exit 1; }
