#!/usr/bin/env bash
# prom-client 15.1.3 (npm): two workers that both serve version 7 of a model and are 0.5 full are reported as version 14 and full.
#
# Of several processes' gauges one is expected to see each, their largest, or their mean, as a gauge is a state. AggregatorRegistry, which
# puts a cluster's workers together, adds everything up, counters and gauges alike, unless the gauge was made with another aggregator:
# versions, temperatures, shares, times of the last update are multiplied by the number of workers, and right with one. Nothing is said.
# What to do: new Gauge({..., aggregator: "max"}).
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
const worker = async (more) => {
  const registers = [new prom.Registry()];
  new prom.Gauge({ name: "model_version", help: "v", registers, ...more }).set(7);
  new prom.Gauge({ name: "fill", help: "f", registers, ...more }).set(0.5);
  return registers[0].getMetricsAsJSON();
};
const sees = async (more) => (await prom.AggregatorRegistry.aggregate([await worker(more), await worker(more)]).metrics()).split("\n").filter((line) => line && line[0] !== "#").join(", ");
const usual = await sees({}), told = await sees({ aggregator: "max" });
console.log("two workers with 7 and 0.5: " + usual + '; with aggregator "max": ' + told);
process.exit(usual === "model_version 14, fill 1" && told === "model_version 7, fill 0.5" ? 0 : 1);
JS
node try.mjs || { echo "CHANGED"; exit 1; }
