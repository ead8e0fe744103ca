#!/usr/bin/env bash
# parse-sse 0.1.0 (npm): of a stream that ends in the middle of -114.27 the last event is -114.2, and one event whose line ends were parted by a chunk is two.
#
# An event is expected to be delivered when its blank line has come: the standard has what is left at the end thrown away, and a server that is stopped, or a proxy that has waited long enough, ends a stream anywhere. Here what is left is an event like others: text of JSON that was cut is an error mostly, a number that was cut is
# another number. With \r\n as line ends, \r at the end of one chunk and \n at the beginning of the next are two line ends, that is an event's end: values of two data lines come as two events, which of them depends on the network. Nothing is said. What to do: eventsource-parser, as below; let the last event say that it is the last.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts parse-sse@0.1.0 eventsource-parser@4.1.3 >/dev/null
cat >try.mjs <<'JS'
import { readFileSync } from "fs";
import { parseServerSentEvents } from "parse-sse";
import { createParser } from "eventsource-parser";
console.log("parse-sse " + JSON.parse(readFileSync("node_modules/parse-sse/package.json")).version);
const bytes = new TextEncoder();
async function here(chunks) {
  const body = new ReadableStream({ start(c) { for (const chunk of chunks) c.enqueue(bytes.encode(chunk)); c.close(); } });
  const found = [];
  for await (const event of parseServerSentEvents(new Response(body))) found.push(event.data);
  return JSON.stringify(found);
}
function other(chunks) {
  const found = [], parser = createParser({ onEvent: (event) => found.push(event.data) });
  for (const chunk of chunks) parser.feed(chunk);
  return JSON.stringify(found);
}
const cut = ["data: -114.27\n\ndata: -114.2"], whole = ["data: 1\r\ndata: 2\r\n\r\n"], parted = ["data: 1\r", "\ndata: 2\r\n\r\n"];
const seen = [await here(cut), other(cut), await here(whole), await here(parted), other(parted)];
console.log(`cut off: ${seen[0]}, eventsource-parser ${seen[1]}; two lines in one chunk: ${seen[2]}; parted between \\r and \\n: ${seen[3]}, eventsource-parser ${seen[4]}`);
process.exit(seen.join() === '["-114.27","-114.2"],["-114.27"],["1\\n2"],["1","2"],["1\\n2"]' ? 0 : 1);
JS
node try.mjs || { echo "CHANGED"; exit 1; }
