#!/usr/bin/env bash
# eventsource 2.0.2 (npm): a stream of three events that the server ends is read again every second, so that three samples become nine.
#
# An answer that is complete is expected to be complete. EventSource has no end: when the connection closes, also in good
# order after the last event, it connects anew and the server tells all from the beginning, unless it minds Last-Event-ID.
# Sums and counts over the events grow by the second, and each round is another request - with a job behind it one more
# job. What to do: let the last event say so, and close() on it.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts eventsource@2.0.2 >/dev/null
cat >try.js <<'JS'
const http = require("http");
const EventSource = require("eventsource");
const requests = { all: 0, last: 0 };
const server = http.createServer((request, response) => {
  requests[request.url.slice(1)]++;
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (let i = 0; i < 3; i++) response.write("id: " + i + "\ndata: " + i + "\n\n");
  response.end("event: done\ndata:\n\n");
});
server.listen(0, "127.0.0.1", () => {
  const address = "http://127.0.0.1:" + server.address().port;
  const seen = { all: [], last: [] };
  const sources = Object.keys(seen).map((name) => {
    const source = new EventSource(address + "/" + name);
    source.onmessage = (event) => seen[name].push(event.data);
    if (name === "last") source.addEventListener("done", () => source.close());
    return source;
  });
  setTimeout(() => {
    sources.forEach((source) => source.close());
    console.log("eventsource " + require("eventsource/package.json").version + ": after four seconds " + seen.all.length + " events of 3: " + seen.all.join(" ") + ", requests " + requests.all);
    console.log("closed by the last event: " + seen.last.join(" ") + ", requests " + requests.last);
    process.exit(seen.all.length >= 6 && requests.all >= 2 && seen.last.length === 3 && requests.last === 1 ? 0 : 1);
  }, 4000);
});
JS
node try.js || { echo "CHANGED"; exit 1; }
