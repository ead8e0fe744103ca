#!/usr/bin/env bash
# @msgpack/msgpack 3.1.3 and msgpackr 2.1.4 (npm): a Float32Array packed and unpacked is four times as long and holds bytes; cbor 10.0.12 gives it back.
#
# A typed array is expected to come back as one, or as a list of numbers, or to be refused. Both write its memory as "bin": of 1, 2.5 the
# receiver gets 0, 0, 128, 63, 0, 0, 32, 64, a valid list of eight numbers in the byte order of the sender. A Map becomes {} in the first and
# has keys made texts in the second. What to do: Array.from, or cbor, which marks the kind.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts @msgpack/msgpack@3.1.3 msgpackr@2.1.4 cbor@10.0.12 >/dev/null
cat >try.js <<'JS'
const msgpack = require("@msgpack/msgpack"), msgpackr = require("msgpackr"), cbor = require("cbor");
for (const name of ["@msgpack/msgpack", "msgpackr", "cbor"]) console.log(name + " " + require("./node_modules/" + name + "/package.json").version);
const row = new Float32Array([1, 2.5]), map = new Map([[7, 0.5]]);
const back = [msgpack.decode(msgpack.encode(row)), msgpackr.unpack(msgpackr.pack(row)), cbor.decode(cbor.encode(row))];
back.forEach((x) => console.log(x.constructor.name + " " + Array.from(x).join(" ")));
console.log("Map(7 => 0.5): " + JSON.stringify(msgpack.decode(msgpack.encode(map))) + " " + JSON.stringify(msgpackr.unpack(msgpackr.pack(map))));
process.exit(back.map((x) => x.length).join() === "8,8,2" && back[2].constructor.name === "Float32Array" && JSON.stringify(msgpack.decode(msgpack.encode(map))) === "{}" ? 0 : 1);
JS
node try.js || { echo "CHANGED"; exit 1; }
