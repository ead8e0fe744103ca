#!/usr/bin/env bash
# autocannon 9.0.0 (npm): where every tenth request is never answered, its latencies end at some milliseconds, 99.99th percentile included; and answers below 1 ms took 0.
#
# A percentile of latency is expected to be of all requests: with one in ten given up after a second the 97.5th is at least that. Only answers are put into the histogram; requests that
# time out are counted as errors, in another line, and the table of latencies looks best where a server hangs most. Times are kept in whole milliseconds, cut: of a fast server
# median and most percentiles are 0, and two servers of 0.2 and 0.9 ms are equal. What to do: look at timeouts first; divide connections by requests a second for a mean.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts autocannon@9.0.0 >/dev/null
cat >try.js <<'JS'
const autocannon = require("autocannon"), http = require("http");
console.log("autocannon " + require("autocannon/package.json").version);
let n = 0;
const server = http.createServer((request, response) => {
  if (request.url === "/hangs" && ++n % 10 === 0) return;
  response.end("ok");
});
server.listen(0, "127.0.0.1", async () => {
  const url = `http://127.0.0.1:${server.address().port}`;
  const hangs = await autocannon({ url: url + "/hangs", connections: 10, amount: 100, timeout: 1 }), fast = await autocannon({ url: url + "/", connections: 1, amount: 3000 });
  const real = (1000 * fast.duration) / fast.requests.total;
  console.log(`one in ten hangs: timeouts ${hangs.timeouts}, answers ${hangs["2xx"]}, 97.5th and 99.99th percentile and largest ${hangs.latency.p97_5}, ${hangs.latency.p99_99}, ${hangs.latency.max} ms`);
  console.log(`3000 requests one after the other, ${real.toFixed(2)} ms each: median ${fast.latency.p50}, 90th percentile ${fast.latency.p90} ms`);
  server.closeAllConnections();
  server.close();
  process.exitCode = hangs.timeouts === 10 && hangs["2xx"] === 90 && hangs.latency.max < 900 && fast.latency.p50 === 0 && real > 0 ? 0 : 1;
});
JS
node try.js || { echo "CHANGED"; exit 1; }
