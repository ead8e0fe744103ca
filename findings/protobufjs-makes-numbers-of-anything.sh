#!/usr/bin/env bash
# protobufjs 8.8.1 (npm): fromObject and encode make 0 of null and of words in a list, 3 of 3.9, and -2147483648 of 2147483648, and throw at none.
#
# A schema with types is expected to be kept by what builds messages of it. fromObject converts as JavaScript's | 0 does,
# and takes a list's gap for 0: [1, null, 3] is sent as [1, 0, 3]. Its result passes verify, as it is clean by then;
# "false" is true. encode without fromObject cuts off and wraps in the same way. What to do: verify the object before
# fromObject - it finds null in a list.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts protobufjs@8.8.1 >/dev/null
cat >try.js <<'JS'
const protobuf = require("protobufjs");
const { root } = protobuf.parse('syntax = "proto3"; message Row { repeated double x = 1; repeated int32 n = 2; bool on = 3; }');
const Row = root.lookupType("Row");
const sent = (message) => Row.toObject(Row.decode(Row.encode(message).finish()), { arrays: true });
const given = { x: [1, null, 3], n: [3.9, "7", "seven", null, 2147483648], on: "false" };
const made = Row.fromObject(given);
console.log("protobufjs " + require("protobufjs/package.json").version + ": " + JSON.stringify(given) + " is sent as " + JSON.stringify(sent(made)));
console.log("verify of the message: " + Row.verify(made) + ", of the object: " + Row.verify(given) + ", of { x: [1, null] }: " + Row.verify({ x: [1, null] }));
const raw = sent({ n: [3.9, 2147483648] });
console.log("encode of n [3.9, 2147483648] without fromObject: " + JSON.stringify(raw.n));
const ok = JSON.stringify(sent(made)) === '{"x":[1,0,3],"n":[3,7,0,0,-2147483648],"on":true}' && Row.verify(made) === null && Row.verify({ x: [1, null] }) !== null;
process.exit(ok && JSON.stringify(raw.n) === "[3,-2147483648]" ? 0 : 1);
JS
node try.js || { echo "CHANGED"; exit 1; }
