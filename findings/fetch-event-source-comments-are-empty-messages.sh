#!/usr/bin/env bash
# @microsoft/fetch-event-source 2.0.1 (npm): a comment that keeps a stream open is a message with the data ""; @azure/core-sse 2.4.0: an event's name without data becomes that of the next event.
#
# A block without a data line is expected to be no event: the standard has the browser's EventSource drop it, names and all, and servers send a comment every few seconds, or a block with nothing but retry. The first one calls onmessage for each with an empty data, on which JSON.parse throws - which in onmessage ends the stream by
# onerror and asks anew - or Number gives 0, one more sample. The second one keeps what such a block has said: after "event: done" alone, the next sample is of the kind done. What to do: skip messages whose data is empty; send comments without a blank line behind them, and retry together with an event.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts @microsoft/fetch-event-source@2.0.1 @azure/core-sse@2.4.0 >/dev/null
cat >try.mjs <<'JS'
import http from "http";
import { readFileSync } from "fs";
import { createRequire } from "module";
import { createSseStream } from "@azure/core-sse";
const { fetchEventSource } = createRequire(import.meta.url)("@microsoft/fetch-event-source");
for (const name of ["@microsoft/fetch-event-source", "@azure/core-sse"]) console.log(name + " " + JSON.parse(readFileSync(`node_modules/${name}/package.json`)).version);
globalThis.document = { hidden: false, addEventListener() {}, removeEventListener() {} };
globalThis.window = { fetch, setTimeout, clearTimeout };
const texts = { "/": "retry: 3000\n\n: still here\n\ndata: 0.5\n\n: still here\n\n", "/tidy": "retry: 3000\ndata: 0.5\n\n: still here\n" };
const server = http.createServer((ask, answer) => { answer.setHeader("content-type", "text/event-stream"); answer.end(texts[ask.url]); });
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const address = `http://127.0.0.1:${server.address().port}`;
const listen = async (path) => { const found = []; await fetchEventSource(address + path, { onmessage: (event) => found.push(event.data) }); return found; };
const loose = await listen("/"), tidy = await listen("/tidy");
server.close();
const kinds = [];
for await (const event of createSseStream(new Response("event: done\n\ndata: 0.5\n\n").body)) kinds.push([event.event, event.data]);
console.log("messages for one event, two comments and a retry: " + JSON.stringify(loose) + ", mean " + loose.reduce((sum, x) => sum + Number(x), 0) / loose.length + "; without blank lines of their own: " + JSON.stringify(tidy) + "; azure: " + JSON.stringify(kinds));
process.exit(JSON.stringify(loose) === '["","","0.5",""]' && JSON.stringify(tidy) === '["0.5"]' && JSON.stringify(kinds) === '[["done","0.5"]]' ? 0 : 1);
JS
node try.mjs || { echo "CHANGED"; exit 1; }
