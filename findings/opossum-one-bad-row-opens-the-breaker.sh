#!/usr/bin/env bash
# opossum 10.0.0 (npm): a circuit breaker as it comes opens at the first failed request and refuses the next half minute's, and a request that took too long goes on at the server.
#
# A breaker is expected to open when errors become many. errorThresholdPercentage is 50, and one failure of one request is 100 percent, as the least number of requests (volumeThreshold) is 0: after a quiet minute one bad row, answered by 400
# or 422, is enough, and good requests fail with "Breaker is open" although the server never was ill. After timeout, 10 s, fire rejects, the call itself is not ended: a job asked for again runs twice.
# What to do: volumeThreshold: 20, errorFilter for status 4xx, and an AbortController as option.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts opossum@10.0.0 >/dev/null
cat >try.mjs <<'JS'
import CircuitBreaker from "opossum";
import { readFileSync } from "fs";
const outcomes = async (options) => {
  const breaker = new CircuitBreaker(async (row) => { if (row === "bad") throw new Error("422"); return row; }, options);
  const seen = [];
  for (const row of ["bad", "good", "good", "good"]) seen.push(await breaker.fire(row).catch((error) => error.message));
  breaker.shutdown();
  return seen;
};
const plain = await outcomes({});
const volume = await outcomes({ volumeThreshold: 20 });
const filtered = await outcomes({ errorFilter: (error) => error.message === "422" });
let finished = false;
const slow = new CircuitBreaker(async () => { await new Promise((done) => setTimeout(done, 100)); finished = true; }, { timeout: 20 });
const late = await slow.fire().catch((error) => error.message);
const before = finished;
await new Promise((done) => setTimeout(done, 200));
slow.shutdown();
console.log("opossum " + JSON.parse(readFileSync("node_modules/opossum/package.json")).version + ": one bad row and three good ones: " + plain.join(", ") + "; volumeThreshold 20: " + volume.join(", ") + "; errorFilter: " + filtered.join(", "));
console.log("a slow call: " + late + ", finished then: " + before + ", finished in the end: " + finished);
process.exit(plain.slice(1).every((x) => x === "Breaker is open") && volume[3] === "good" && filtered[3] === "good" && !before && finished ? 0 : 1);
JS
node try.mjs || { echo "CHANGED"; exit 1; }
