#!/usr/bin/env bash
# fetch-event-stream 0.1.6 (npm): a row of three tab-separated cells whose first one is empty comes as two cells, and an empty first line of the data is left out.
#
# The data of an event is what stands behind "data:", less one blank. Here all white space before the first other sign is dropped, in each line: a row of a table without its first cell has its second in its place, with one column too few, which parsers of tables fill up at the end; columns that are aligned by blanks move
# likewise. Of a missing first row, an empty line, nothing is left, and the rows behind it move up. A block that sets nothing but retry, which browsers do not tell, is an event whose data is undefined. Rows that begin with a number, as in a first try, are right. What to do: eventsource-parser, as below.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts fetch-event-stream@0.1.6 eventsource-parser@4.1.3 >/dev/null
cat >try.mjs <<'JS'
import { readFileSync } from "fs";
import { events } from "fetch-event-stream";
import { createParser } from "eventsource-parser";
console.log("fetch-event-stream " + JSON.parse(readFileSync("node_modules/fetch-event-stream/package.json")).version);
const text = "retry: 3000\n\ndata: \t0.5\t1\n\ndata: 0.5\t\t1\n\ndata:\ndata: 7\n\n";
const here = [], other = [];
for await (const event of events(new Response(text))) here.push(event.data);
createParser({ onEvent: (event) => other.push(event.data) }).feed(text);
console.log("here: " + JSON.stringify(here) + "; eventsource-parser: " + JSON.stringify(other));
process.exit(JSON.stringify(here) === '[null,"0.5\\t1","0.5\\t\\t1","7"]' && here[0] === undefined && JSON.stringify(other) === '["\\t0.5\\t1","0.5\\t\\t1","\\n7"]' ? 0 : 1);
JS
node try.mjs || { echo "CHANGED"; exit 1; }
